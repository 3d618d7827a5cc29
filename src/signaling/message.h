// What travels between a signer and the signaling server: JSON text frames (docs/protocol.md, "Signaling").
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/json.h"
#include "crypto/identity.h"

namespace coterie::signaling {

constexpr int kVersion = 1;
constexpr std::size_t kMaxFrame = 64ul * 1024;            // bytes of one text frame towards the server
constexpr std::size_t kMaxServerFrame = kMaxFrame + 128;  // from the server, which adds `from` to what it passes on
constexpr std::size_t kMaxMembers = 64;                   // of one room; the most signers a multisig has
constexpr std::size_t kMaxIceServers = 4;
constexpr std::chrono::seconds kMaxRoomTtl = std::chrono::hours(24);

enum class ServerKind {
  embedded,  // inside a creator's process: serves one room and ends with the creation
  serve,     // `coterie signaling serve`: any creator may open a room
};
const char* to_string(ServerKind kind);

// What is passed on between members without a look inside.
enum class RelayType { offer, answer, ice_candidate };
const char* to_string(RelayType type);  // "offer", "answer", "ice-candidate"

enum class ErrorCode {
  bad_message,  // not a message of this protocol, or out of turn
  too_large,    // frame over the limit
  too_many,     // connections, rooms, members, messages or refused joins over a limit
  refused,      // no such room, closed, or not in its roster: the same for all three
  name_taken,   // open rooms only
  timed_out,    // no join in time, or the room's time is over
  draining,     // the server is about to stop
  version,      // the two sides speak different versions
  replaced,     // the same identity joined again on another connection: do not come back
};
const char* to_string(ErrorCode code);

// One signer who is in the room now.
struct Member {
  SignKey from;
  Epoch epoch;
  bool operator==(const Member&) const = default;
};

// What a creator opens a room with. The room's id is crypto::room_id(creator, salt).
struct RoomTerms {
  RoomSalt salt;
  std::vector<SignKey> roster;  // who may join, the creator included; distinct, at most kMaxMembers
  std::chrono::seconds ttl{};   // 1 s to kMaxRoomTtl, anew from each message of the creator
  bool operator==(const RoomTerms&) const = default;
};

// An RTCIceServer (W3C WebRTC §4.2.4) that the server offers its members.
struct IceServer {
  std::vector<std::string> urls;
  std::string username;    // empty when there is none
  std::string credential;  // minted by that server for its members, short-lived
  bool operator==(const IceServer&) const = default;
};

struct Hello {
  int version = kVersion;
  ServerKind kind = ServerKind::embedded;
  Nonce nonce;
  bool operator==(const Hello&) const = default;
};

struct Join {
  RoomId room;
  SignKey from;
  Epoch epoch;
  std::optional<RoomTerms> create;  // from the creator, at every join
  Signature proof;
  bool operator==(const Join&) const = default;
};

struct Joined {
  RoomId room;
  std::vector<Member> members;  // the others, not the receiver
  std::vector<IceServer> ice_servers;
  bool operator==(const Joined&) const = default;
};

struct Ready {
  Member member;
  RoomId room;
  bool operator==(const Ready&) const = default;
};

struct Relay {
  RelayType type = RelayType::offer;
  SignKey from;  // towards the server: ignored, the server knows who speaks
  SignKey to;
  RoomId room;
  json::Value data;  // opaque
  bool operator==(const Relay&) const = default;
};

// From a client: I go. From the server: `from` is not in the room (went, dropped, or was never there when written to).
struct Leave {
  SignKey from;
  RoomId room;
  bool operator==(const Leave&) const = default;
};

struct Refusal {
  ErrorCode code = ErrorCode::bad_message;
  std::string message;
  bool operator==(const Refusal&) const = default;
};

using ClientMessage = std::variant<Join, Relay, Leave>;
using ServerMessage = std::variant<Hello, Joined, Ready, Relay, Leave, Refusal>;

// Frames over kMaxFrame or kMaxServerFrame, unknown types, missing or unknown fields: kind refused. No proof is
// verified here.
Result<ClientMessage> parse_client_message(std::string_view frame);
Result<ServerMessage> parse_server_message(std::string_view frame);
std::string serialize(const ClientMessage& message);
std::string serialize(const ServerMessage& message);

// The join of `identity` on the connection that was greeted with `nonce`, signed.
Join create_join(const crypto::Identity& identity, const RoomId& room, const Epoch& epoch, const Nonce& nonce,
                 const std::optional<RoomTerms>& create);
// Whether `join` was signed by join.from for this connection's nonce, and for exactly this room, epoch and create.
bool verify_join(const Join& join, const Nonce& nonce);

}  // namespace coterie::signaling
