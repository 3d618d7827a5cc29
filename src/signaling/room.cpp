// Room and Rooms: who gets what. See room.h.
#include "signaling/room.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "crypto/room.h"

namespace coterie::signaling {

namespace {

// One text for "no such room", "closed" and "not in its roster": nobody learns which rooms exist.
Refusal refused() {
  return {ErrorCode::refused, "the room is not open, or you are not in its roster"};
}

Refusal bad_message(std::string message) {
  return {ErrorCode::bad_message, std::move(message)};
}

Refusal room_over() {
  return {ErrorCode::timed_out, "the time of this room is over"};
}

bool contains(const std::vector<SignKey>& roster, const SignKey& signer) {
  return std::find(roster.begin(), roster.end(), signer) != roster.end();
}

void append(Deliveries& to, Deliveries from) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

}  // namespace

Room::Room(RoomId id, SignKey creator, RoomTerms terms, Time now)
    : id_(id), creator_(creator), terms_(std::move(terms)), ends_at_(now + terms_.ttl) {}

bool Room::in_roster(const SignKey& signer) const {
  return contains(terms_.roster, signer);
}

void Room::note_activity(const SignKey& from, Time now) {
  if (from == creator_) ends_at_ = now + terms_.ttl;
}

Deliveries Room::admit(ConnectionId connection, const Member& member, Time now) {
  note_activity(member.from, now);
  Deliveries out;
  const auto present = members_.find(member.from);
  if (present != members_.end()) {
    out.push_back({present->second.connection,
                   Refusal{ErrorCode::replaced, "the same identity joined again on another connection"},
                   AfterDelivery::close});
    members_.erase(present);
  }
  Joined joined{id_, {}, {}};
  for (const auto& [key, presence] : members_) {
    joined.members.push_back({key, presence.epoch});
    out.push_back({presence.connection, Ready{member, id_}});
  }
  out.push_back({connection, std::move(joined)});
  members_.emplace(member.from, Presence{connection, member.epoch});
  return out;
}

Deliveries Room::relay(const SignKey& from, const Relay& message, Time now) {
  note_activity(from, now);
  // Recipients have nothing to say to each other: who floods another one would keep that one from the creator.
  if (from != creator_ && message.to != creator_) return {};
  const auto receiver = members_.find(message.to);
  if (receiver == members_.end()) {
    const auto sender = members_.find(from);
    if (sender == members_.end()) return {};
    return {{sender->second.connection, Leave{message.to, id_}}};
  }
  Relay passed = message;
  passed.from = from;
  passed.room = id_;
  return {{receiver->second.connection, std::move(passed)}};
}

Deliveries Room::remove(const SignKey& from) {
  members_.erase(from);
  Deliveries out;
  for (const auto& [key, presence] : members_) out.push_back({presence.connection, Leave{from, id_}});
  return out;
}

Deliveries Room::end(const Refusal& message) {
  Deliveries out;
  for (const auto& [key, presence] : members_) {
    out.push_back({presence.connection, message, AfterDelivery::close});
  }
  members_.clear();
  return out;
}

Rooms::Rooms(RoomLimits limits, ServerKind kind, std::optional<RoomId> only)
    : limits_(limits), kind_(kind), only_(only) {}

Hello Rooms::connect(ConnectionId connection, const RoomId& room, Random& random) {
  const Hello hello{kVersion, kind_, random.draw<Nonce>()};
  connections_.insert_or_assign(connection, Connection{room, hello.nonce, std::nullopt});
  return hello;
}

Deliveries Rooms::forget_closed(Deliveries deliveries) {
  for (const Delivery& delivery : deliveries) {
    if (delivery.after == AfterDelivery::close) connections_.erase(delivery.to);
  }
  return deliveries;
}

Deliveries Rooms::end_room(const RoomId& room, const Refusal& message) {
  const auto found = rooms_.find(room);
  if (found == rooms_.end()) return {};
  Deliveries out = forget_closed(found->second.end(message));
  rooms_.erase(found);
  return out;
}

Deliveries Rooms::expire(Time now) {
  std::vector<RoomId> over;
  for (const auto& [id, room] : rooms_) {
    if (room.ends_at() <= now) over.push_back(id);
  }
  Deliveries out;
  for (const RoomId& id : over) append(out, end_room(id, room_over()));
  return out;
}

Deliveries Rooms::disconnect(ConnectionId id) {
  const auto connection = connections_.find(id);
  if (connection == connections_.end()) return {};
  const Connection gone = connection->second;
  connections_.erase(connection);
  const auto room = rooms_.find(gone.room);
  if (!gone.joined_as || room == rooms_.end()) return {};
  return room->second.remove(*gone.joined_as);
}

Handled Rooms::handle_message(ConnectionId id, const ClientMessage& message, Time now) {
  auto connection = connections_.find(id);
  if (connection == connections_.end()) return {};
  Handled handled;
  const auto room = rooms_.find(connection->second.room);
  if (room != rooms_.end() && room->second.ends_at() <= now) {
    handled.deliveries = end_room(room->first, room_over());
    connection = connections_.find(id);
    if (connection == connections_.end()) return handled;
  }

  if (const Join* join = std::get_if<Join>(&message)) {
    Handled joined = handle_join(id, connection->second, *join, now);
    append(handled.deliveries, std::move(joined.deliveries));
    handled.join = joined.join;
  } else if (!connection->second.joined_as) {
    append(handled.deliveries, {{id, bad_message("the first message must be a join"), AfterDelivery::close}});
  } else if (const Relay* relay = std::get_if<Relay>(&message)) {
    append(handled.deliveries, handle_relay(id, connection->second, *relay, now));
  } else {
    append(handled.deliveries, handle_leave(id, connection->second));
  }
  handled.deliveries = forget_closed(std::move(handled.deliveries));
  return handled;
}

Handled Rooms::handle_join(ConnectionId id, Connection& connection, const Join& join, Time now) {
  if (connection.joined_as) {
    return {{{id, bad_message("this connection has joined already"), AfterDelivery::close}}, JoinOutcome::not_a_join};
  }
  const Admission admission = find_room(connection, join, now);
  if (const Refusal* refusal = std::get_if<Refusal>(&admission)) {
    return {{{id, *refusal, AfterDelivery::close}}, JoinOutcome::refused};
  }
  connection.joined_as = join.from;
  return {std::get<Room*>(admission)->admit(id, {join.from, join.epoch}, now), JoinOutcome::admitted};
}

Deliveries Rooms::handle_relay(ConnectionId id, const Connection& connection, const Relay& relay, Time now) {
  if (relay.room != connection.room) {
    return {{id, bad_message("this connection is in another room"), AfterDelivery::close}};
  }
  return rooms_.at(connection.room).relay(*connection.joined_as, relay, now);
}

Deliveries Rooms::handle_leave(ConnectionId id, const Connection& connection) {
  Room& room = rooms_.at(connection.room);
  const SignKey from = *connection.joined_as;
  const bool ends = from == room.creator();
  Deliveries out = room.remove(from);
  out.push_back({id, Leave{from, connection.room}, AfterDelivery::close});
  if (ends) append(out, end_room(connection.room, {ErrorCode::refused, "the creator ended this room"}));
  return out;
}

Rooms::Admission Rooms::find_room(const Connection& connection, const Join& join, Time now) {
  if (join.room != connection.room || (only_ && join.room != *only_)) return refused();
  const auto live = rooms_.find(join.room);
  if (live != rooms_.end()) return find_live_room(live->second, connection, join);
  return open_room(connection, join, now);
}

Rooms::Admission Rooms::find_live_room(Room& room, const Connection& connection, const Join& join) {
  if (!room.in_roster(join.from) || !verify_join(join, connection.nonce)) return refused();
  if (!join.create) return &room;
  const bool same_terms = join.from == room.creator() && join.create->salt == room.terms().salt &&
                          join.create->roster == room.terms().roster;
  if (!same_terms) return refused();
  room.set_ttl(join.create->ttl);
  return &room;
}

bool Rooms::give_up_empty_room() {
  const auto empty =
      std::find_if(rooms_.begin(), rooms_.end(), [](const auto& room) { return room.second.present() == 0; });
  if (empty == rooms_.end()) return false;
  rooms_.erase(empty);
  return true;
}

Rooms::Admission Rooms::open_room(const Connection& connection, const Join& join, Time now) {
  if (!join.create || join.room != crypto::room_id(join.from, join.create->salt)) return refused();
  if (!contains(join.create->roster, join.from) || !verify_join(join, connection.nonce)) return refused();
  if (join.create->ttl <= std::chrono::seconds::zero() || join.create->ttl > kMaxRoomTtl) return refused();
  if (join.create->roster.size() > limits_.members) {
    return Refusal{ErrorCode::too_many,
                   "a room on this server has at most " + std::to_string(limits_.members) + " members"};
  }
  if (rooms_.size() >= limits_.rooms && !give_up_empty_room()) {
    return Refusal{ErrorCode::too_many, "this server has no room left for another room"};
  }
  return &rooms_.emplace(join.room, Room(join.room, join.from, *join.create, now)).first->second;
}

}  // namespace coterie::signaling
