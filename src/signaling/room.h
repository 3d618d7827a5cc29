// Room and Rooms: who gets what. Pure: messages and time in, deliveries out; the server does the I/O.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "base/random.h"
#include "signaling/message.h"

namespace coterie::signaling {

enum class ConnectionId : std::uint64_t {};
using Time = std::chrono::steady_clock::time_point;

enum class AfterDelivery { keep_open, close };

struct Delivery {
  ConnectionId to{};
  ServerMessage message;
  AfterDelivery after = AfterDelivery::keep_open;  // close: this connection is already forgotten here
};
using Deliveries = std::vector<Delivery>;

// One roster room: present members, routing between them. Admission is decided by Rooms.
class Room {
 public:
  Room(RoomId id, SignKey creator, RoomTerms terms, Time now);

  const RoomTerms& terms() const { return terms_; }
  const SignKey& creator() const { return creator_; }
  Time ends_at() const { return ends_at_; }
  bool in_roster(const SignKey& signer) const;
  std::size_t present() const { return members_.size(); }

  // A later `create` by the creator: only the ttl changes. Counts from the join that follows.
  void set_ttl(std::chrono::seconds ttl) { terms_.ttl = ttl; }
  // Whoever is here already under this key gets `replaced`.
  Deliveries admit(ConnectionId connection, const Member& member, Time now);
  Deliveries relay(const SignKey& from, const Relay& message, Time now);
  // Went or dropped: the others are told, the room goes on.
  Deliveries remove(const SignKey& from);
  // Everyone gets `message` and is closed.
  Deliveries end(const Refusal& message);

 private:
  // A message of the creator starts the ttl anew.
  void note_activity(const SignKey& from, Time now);

  struct Presence {
    ConnectionId connection{};
    Epoch epoch;
  };

  RoomId id_;
  SignKey creator_;
  RoomTerms terms_;
  Time ends_at_;
  std::map<SignKey, Presence> members_;
};

struct RoomLimits {
  std::size_t rooms = 10'000;
  std::size_t members = kMaxMembers;
};

enum class JoinOutcome { not_a_join, admitted, refused };

struct Handled {
  Deliveries deliveries;
  JoinOutcome join = JoinOutcome::not_a_join;
};

class Rooms {
 public:
  // `only`: the one room of an embedded server.
  Rooms(RoomLimits limits, ServerKind kind, std::optional<RoomId> only);

  // A new connection at /rooms/`room`: its hello, with a nonce of its own.
  Hello connect(ConnectionId connection, const RoomId& room, Random& random);
  Handled handle_message(ConnectionId connection, const ClientMessage& message, Time now);
  // The connection is gone; nothing ends by that.
  Deliveries disconnect(ConnectionId connection);
  // Ends the rooms whose time is over; a room touched after its time ends then, too.
  Deliveries expire(Time now);

  std::size_t rooms() const { return rooms_.size(); }
  std::size_t connections() const { return connections_.size(); }

 private:
  struct Connection {
    RoomId room;  // from the path
    Nonce nonce;  // for one join only: a refused one closes the connection
    std::optional<SignKey> joined_as;
  };
  using Admission = std::variant<Room*, Refusal>;

  Handled handle_join(ConnectionId id, Connection& connection, const Join& join, Time now);
  Deliveries handle_relay(ConnectionId id, const Connection& connection, const Relay& relay, Time now);
  Deliveries handle_leave(ConnectionId id, const Connection& connection);
  // The room this join may enter, opened by it if it may.
  Admission find_room(const Connection& connection, const Join& join, Time now);
  Admission find_live_room(Room& room, const Connection& connection, const Join& join);
  Admission open_room(const Connection& connection, const Join& join, Time now);
  // Makes place for another room; false: somebody is in each. Its creator opens it again with any join, so that rooms
  // which somebody opened and left, with a day to live, keep nobody out.
  bool give_up_empty_room();
  // Erases the room; its members get `message` and are closed.
  Deliveries end_room(const RoomId& room, const Refusal& message);
  // Connections told to close are strangers from here on.
  Deliveries forget_closed(Deliveries deliveries);

  RoomLimits limits_;
  ServerKind kind_;
  std::optional<RoomId> only_;
  std::map<RoomId, Room> rooms_;
  std::map<ConnectionId, Connection> connections_;
};

}  // namespace coterie::signaling
