// RoomNews: why this signer is not in the room, and what is said of it meanwhile.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/result.h"
#include "session/event_loop.h"

namespace coterie::session {

// Why this signer is not in the room now.
struct RoomTrouble {
  enum class Kind { none, unreachable, refused };
  Kind kind = Kind::none;
  std::string text;         // with the server's address; empty with `none`
  std::string advice = {};  // where this side itself can mend it
};

// Used on the strand.
class RoomNews {
 public:
  static constexpr std::chrono::milliseconds kPatience{10'000};

  // `server`: its address. `fingerprints`: what to compare by voice when joins are refused. `on_notice` is called from
  // refused(), disconnected() and a timer.
  // `patience`: how long refused joins stay unmentioned: the room may be about to open.
  RoomNews(EventLoop& loop, std::string server, std::string fingerprints,
           std::function<void(const std::string& line)> on_notice, std::chrono::milliseconds patience = kPatience);

  const RoomTrouble& trouble() const { return trouble_; }

  void joined();
  void refused(const Error& error);       // a join
  void disconnected(const Error& error);  // or the server could not be reached; kind refused: TLS found fault with it
  void end() { refusal_timer_.cancel(); }

 private:
  const std::string server_;
  const std::string fingerprints_;
  const std::function<void(const std::string& line)> on_notice_;
  const std::chrono::milliseconds patience_;
  RoomTrouble trouble_;
  bool unreachable_told_ = false;
  Timer refusal_timer_;
};

}  // namespace coterie::session
