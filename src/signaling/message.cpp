// Messages of the signaling protocol: JSON text in and out, and the proof that a signer joins as itself.
#include "signaling/message.h"

#include <array>
#include <set>
#include <utility>

#include "crypto/digest.h"
#include "crypto/envelope.h"

namespace coterie::signaling {

namespace {

constexpr std::size_t kMaxTypeBytes = 32;
constexpr std::size_t kMaxErrorText = 1024;
constexpr std::size_t kMaxUrls = 8;  // of one ICE server
constexpr std::size_t kMaxUrlBytes = 512;
constexpr std::size_t kMaxCredentialBytes = 512;

constexpr std::array kServerKinds = {ServerKind::embedded, ServerKind::serve};
constexpr std::array kRelayTypes = {RelayType::offer, RelayType::answer, RelayType::ice_candidate};
constexpr std::array kErrorCodes = {ErrorCode::bad_message, ErrorCode::too_large,  ErrorCode::too_many,
                                    ErrorCode::refused,     ErrorCode::name_taken, ErrorCode::timed_out,
                                    ErrorCode::draining,    ErrorCode::version,    ErrorCode::replaced};

template <class Enum, std::size_t Size>
std::optional<Enum> find_named(const std::array<Enum, Size>& all, std::string_view name) {
  for (const Enum each : all) {
    if (name == to_string(each)) return each;
  }
  return std::nullopt;
}

template <class Enum, std::size_t Size>
Enum read_named(json::ObjectReader& reader, std::string_view key, const std::array<Enum, Size>& all) {
  const auto found = find_named(all, reader.string_view(key, kMaxTypeBytes));
  if (!found) reader.fail(key, "not one of the known words");
  return found.value_or(all.front());
}

template <class Fixed>
std::optional<Fixed> parse_item(const json::Value& item) {
  const auto* text = item.if_string();
  if (text == nullptr || text->size() > Fixed::kSize * 2) return std::nullopt;
  const auto parsed = Fixed::parse({text->data(), text->size()});
  if (!parsed) return std::nullopt;
  return *parsed;
}

Result<RoomTerms> parse_terms(const json::Value& value) {
  json::ObjectReader reader(value, "create");
  RoomTerms terms;
  terms.salt = reader.fixed<RoomSalt>("salt");
  for (const json::Value& item : reader.array("roster", kMaxMembers)) {
    const auto key = parse_item<SignKey>(item);
    if (!key) {
      reader.fail("roster", "not a list of signing keys");
      break;
    }
    terms.roster.push_back(*key);
  }
  terms.ttl = std::chrono::seconds(reader.integer("ttl", 1, kMaxRoomTtl.count()));
  COTERIE_CHECK(reader.finish());
  if (std::set(terms.roster.begin(), terms.roster.end()).size() != terms.roster.size()) {
    return refused_error("create: a signer stands twice in the roster");
  }
  return terms;
}

Result<Join> parse_join(json::ObjectReader reader) {
  Join join;
  join.room = reader.fixed<RoomId>("room");
  join.from = reader.fixed<SignKey>("from");
  join.epoch = reader.fixed<Epoch>("epoch");
  // After an earlier mistake `value` gives nothing, and that mistake is the one to tell.
  if (reader.ok() && reader.has("create")) {
    COTERIE_TRY(join.create, parse_terms(reader.value("create")));
  }
  join.proof = reader.fixed<Signature>("proof");
  COTERIE_CHECK(reader.finish());
  return join;
}

enum class Sender { client, server };

Result<Relay> parse_relay(RelayType type, Sender sender, json::ObjectReader reader) {
  Relay relay;
  relay.type = type;
  if (sender == Sender::server || reader.has("from")) relay.from = reader.fixed<SignKey>("from");
  relay.to = reader.fixed<SignKey>("to");
  relay.room = reader.fixed<RoomId>("room");
  relay.data = reader.value("data");
  COTERIE_CHECK(reader.finish());
  return relay;
}

Result<Leave> parse_leave(Sender sender, json::ObjectReader reader) {
  Leave leave;
  if (sender == Sender::server || reader.has("from")) leave.from = reader.fixed<SignKey>("from");
  leave.room = reader.fixed<RoomId>("room");
  COTERIE_CHECK(reader.finish());
  return leave;
}

Result<Hello> parse_hello(json::ObjectReader reader) {
  Hello hello;
  hello.version = static_cast<int>(reader.integer("version", 1, 1'000'000));
  hello.kind = read_named(reader, "kind", kServerKinds);
  hello.nonce = reader.fixed<Nonce>("nonce");
  COTERIE_CHECK(reader.finish());
  return hello;
}

Result<Member> parse_member(const json::Value& value) {
  json::ObjectReader reader(value, "member");
  Member member{reader.fixed<SignKey>("from"), reader.fixed<Epoch>("epoch")};
  COTERIE_CHECK(reader.finish());
  return member;
}

Result<IceServer> parse_ice_server(const json::Value& value) {
  json::ObjectReader reader(value, "ICE server");
  IceServer server;
  for (const json::Value& item : reader.array("urls", kMaxUrls)) {
    const auto* url = item.if_string();
    if (url == nullptr || url->size() > kMaxUrlBytes) {
      reader.fail("urls", "not a list of short strings");
      break;
    }
    server.urls.emplace_back(url->data(), url->size());
  }
  if (reader.has("username")) server.username = reader.string("username", kMaxCredentialBytes);
  if (reader.has("credential")) server.credential = reader.string("credential", kMaxCredentialBytes);
  COTERIE_CHECK(reader.finish());
  return server;
}

Result<Joined> parse_joined(json::ObjectReader reader) {
  Joined joined;
  joined.room = reader.fixed<RoomId>("room");
  for (const json::Value& item : reader.array("members", kMaxMembers)) {
    COTERIE_TRY(const Member member, parse_member(item));
    joined.members.push_back(member);
  }
  for (const json::Value& item : reader.array("ice_servers", kMaxIceServers)) {
    COTERIE_TRY(IceServer server, parse_ice_server(item));
    joined.ice_servers.push_back(std::move(server));
  }
  COTERIE_CHECK(reader.finish());
  return joined;
}

Result<Ready> parse_ready(json::ObjectReader reader) {
  Ready ready;
  ready.member.from = reader.fixed<SignKey>("from");
  ready.member.epoch = reader.fixed<Epoch>("epoch");
  ready.room = reader.fixed<RoomId>("room");
  COTERIE_CHECK(reader.finish());
  return ready;
}

Result<Refusal> parse_refusal(json::ObjectReader reader) {
  Refusal refusal;
  refusal.code = read_named(reader, "code", kErrorCodes);
  refusal.message = reader.string("message", kMaxErrorText);
  COTERIE_CHECK(reader.finish());
  return refusal;
}

// A frame that is an object with a type; the reader has read that one field.
struct Opened {
  json::Value value;
  std::string type;
};

Result<Opened> open_frame(std::string_view frame, std::size_t max_bytes) {
  COTERIE_TRY(json::Value value, json::parse(frame, max_bytes, "signaling message"));
  Opened opened{std::move(value), {}};
  json::ObjectReader reader(opened.value, "signaling message");
  opened.type = reader.string("type", kMaxTypeBytes);
  if (!reader.ok()) return reader.finish().error();
  return opened;
}

json::ObjectReader reader_of(const Opened& opened) {
  json::ObjectReader reader(opened.value, opened.type);
  reader.value("type");
  return reader;
}

Error unknown_type() {
  return refused_error("signaling message: not a type that belongs here");
}

template <class Message, class Parsed>
Result<Message> widen(Result<Parsed> parsed) {
  if (!parsed) return std::move(parsed).error();
  return Message(std::move(*parsed));
}

json::Object terms_to_json(const RoomTerms& terms) {
  json::Object object;
  object["salt"] = terms.salt.text();
  json::Array roster;
  for (const SignKey& key : terms.roster) roster.emplace_back(key.text());
  object["roster"] = std::move(roster);
  object["ttl"] = terms.ttl.count();
  return object;
}

json::Object to_json(const Join& join) {
  json::Object object;
  object["type"] = "join";
  object["room"] = join.room.text();
  object["from"] = join.from.text();
  object["epoch"] = join.epoch.text();
  if (join.create) object["create"] = terms_to_json(*join.create);
  object["proof"] = join.proof.text();
  return object;
}

json::Object to_json(const Relay& relay) {
  json::Object object;
  object["type"] = to_string(relay.type);
  object["from"] = relay.from.text();
  object["to"] = relay.to.text();
  object["room"] = relay.room.text();
  object["data"] = relay.data;
  return object;
}

json::Object to_json(const Leave& leave) {
  json::Object object;
  object["type"] = "leave";
  object["from"] = leave.from.text();
  object["room"] = leave.room.text();
  return object;
}

json::Object to_json(const Hello& hello) {
  json::Object object;
  object["type"] = "hello";
  object["version"] = hello.version;
  object["kind"] = to_string(hello.kind);
  object["nonce"] = hello.nonce.text();
  return object;
}

json::Object to_json(const Joined& joined) {
  json::Object object;
  object["type"] = "joined";
  object["room"] = joined.room.text();
  json::Array members;
  for (const Member& member : joined.members) {
    json::Object item;
    item["from"] = member.from.text();
    item["epoch"] = member.epoch.text();
    members.emplace_back(std::move(item));
  }
  object["members"] = std::move(members);
  json::Array servers;
  for (const IceServer& server : joined.ice_servers) {
    json::Object item;
    json::Array urls;
    for (const std::string& url : server.urls) urls.emplace_back(url);
    item["urls"] = std::move(urls);
    if (!server.username.empty()) item["username"] = server.username;
    if (!server.credential.empty()) item["credential"] = server.credential;
    servers.emplace_back(std::move(item));
  }
  object["ice_servers"] = std::move(servers);
  return object;
}

json::Object to_json(const Ready& ready) {
  json::Object object;
  object["type"] = "ready";
  object["from"] = ready.member.from.text();
  object["epoch"] = ready.member.epoch.text();
  object["room"] = ready.room.text();
  return object;
}

json::Object to_json(const Refusal& refusal) {
  json::Object object;
  object["type"] = "error";
  object["code"] = to_string(refusal.code);
  object["message"] = refusal.message;
  return object;
}

// What a join signs. Of `create` only a digest: its canonical form stays small however long the roster is.
Bytes join_pae(const Join& join, const Nonce& nonce) {
  json::Object payload;
  payload["room"] = join.room.text();
  payload["from"] = join.from.text();
  payload["epoch"] = join.epoch.text();
  payload["nonce"] = nonce.text();
  if (join.create) {
    crypto::LabelledFields fields("create");
    fields.add(join.create->salt.view()).add(std::to_string(join.create->ttl.count()));
    for (const SignKey& key : join.create->roster) fields.add(key.view());
    payload["create"] = crypto::digest(fields).text();
  }
  return crypto::pre_authentication_encoding(crypto::PayloadType::join, as_bytes(json::serialize(payload)));
}

}  // namespace

const char* to_string(ServerKind kind) {
  return kind == ServerKind::embedded ? "embedded" : "serve";
}

const char* to_string(RelayType type) {
  switch (type) {
    case RelayType::offer:
      return "offer";
    case RelayType::answer:
      return "answer";
    case RelayType::ice_candidate:
      return "ice-candidate";
  }
  return "unknown";
}

const char* to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::bad_message:
      return "bad_message";
    case ErrorCode::too_large:
      return "too_large";
    case ErrorCode::too_many:
      return "too_many";
    case ErrorCode::refused:
      return "refused";
    case ErrorCode::name_taken:
      return "name_taken";
    case ErrorCode::timed_out:
      return "timed_out";
    case ErrorCode::draining:
      return "draining";
    case ErrorCode::version:
      return "version";
    case ErrorCode::replaced:
      return "replaced";
  }
  return "unknown";
}

Result<ClientMessage> parse_client_message(std::string_view frame) {
  COTERIE_TRY(const Opened opened, open_frame(frame, kMaxFrame));
  if (opened.type == "join") return widen<ClientMessage>(parse_join(reader_of(opened)));
  if (opened.type == "leave") return widen<ClientMessage>(parse_leave(Sender::client, reader_of(opened)));
  if (const auto type = find_named(kRelayTypes, opened.type)) {
    return widen<ClientMessage>(parse_relay(*type, Sender::client, reader_of(opened)));
  }
  return unknown_type();
}

Result<ServerMessage> parse_server_message(std::string_view frame) {
  COTERIE_TRY(const Opened opened, open_frame(frame, kMaxServerFrame));
  if (opened.type == "hello") return widen<ServerMessage>(parse_hello(reader_of(opened)));
  if (opened.type == "joined") return widen<ServerMessage>(parse_joined(reader_of(opened)));
  if (opened.type == "ready") return widen<ServerMessage>(parse_ready(reader_of(opened)));
  if (opened.type == "leave") return widen<ServerMessage>(parse_leave(Sender::server, reader_of(opened)));
  if (opened.type == "error") return widen<ServerMessage>(parse_refusal(reader_of(opened)));
  if (const auto type = find_named(kRelayTypes, opened.type)) {
    return widen<ServerMessage>(parse_relay(*type, Sender::server, reader_of(opened)));
  }
  return unknown_type();
}

std::string serialize(const ClientMessage& message) {
  return std::visit([](const auto& each) { return json::serialize(to_json(each)); }, message);
}

std::string serialize(const ServerMessage& message) {
  return std::visit([](const auto& each) { return json::serialize(to_json(each)); }, message);
}

Join create_join(const crypto::Identity& identity, const RoomId& room, const Epoch& epoch, const Nonce& nonce,
                 const std::optional<RoomTerms>& create) {
  Join join{room, identity.sign_key(), epoch, create, {}};
  join.proof = identity.sign(join_pae(join, nonce));
  return join;
}

bool verify_join(const Join& join, const Nonce& nonce) {
  return crypto::verify_signature(join.from, join_pae(join, nonce), join.proof);
}

}  // namespace coterie::signaling
