// TurnProblem: why a TURN server does not relay, in a word to act on and in words to read.
#pragma once

#include <string>
#include <vector>

namespace coterie::rtc {

struct TurnProblem {
  enum class Kind {
    unresolved,   // its name
    unreachable,  // no answer, or no connection
    not_trusted,  // TLS: its certificate, or the handshake
    not_turn,     // something answers that does not speak TURN
    credentials,  // it refuses user or password
    refused,      // it gives no relay
    forbidden,    // it gave one, and lets nothing through to the other side (RFC 8656 §9.2: 403)
  };

  std::string server;  // its URL
  Kind kind = Kind::unreachable;
  std::string words;  // no address of this machine

  bool operator==(const TurnProblem&) const = default;
};

// "turn:a.example:3478: it does not answer; turns:b.example:5349: …"; empty when there is none.
std::string describe(const std::vector<TurnProblem>& problems);

}  // namespace coterie::rtc
