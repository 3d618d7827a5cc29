#include "session/room_news.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

#include "base/log.h"
#include "ceremony/name.h"

namespace coterie::session {

namespace {

// Of what is shown of a signaling server's words: its address, and a sentence.
constexpr std::size_t kShownWords = 512;

}  // namespace

RoomNews::RoomNews(EventLoop& loop, std::string server, std::string fingerprints,
                   std::function<void(const std::string& line)> on_notice, std::chrono::milliseconds patience)
    : server_(std::move(server)),
      fingerprints_(std::move(fingerprints)),
      on_notice_(std::move(on_notice)),
      patience_(patience),
      // Until there is better news: a host that is not there may let a connection hang for longer than anybody waits.
      trouble_{RoomTrouble::Kind::unreachable, fmt::format("no answer from the signaling server at {}", server_)},
      refusal_timer_(loop) {}

void RoomNews::joined() {
  refusal_timer_.cancel();
  unreachable_told_ = false;
  trouble_ = {};
}

void RoomNews::refused(const Error& error) {
  log::info("join refused: {}", ceremony::escape(error.message, kShownWords));
  trouble_ = {RoomTrouble::Kind::refused,
              fmt::format("the room at {} is not open, or you are not in its roster", server_)};
  if (refusal_timer_.waiting()) return;
  unreachable_told_ = false;
  refusal_timer_.start(patience_, [this] {
    if (trouble_.kind != RoomTrouble::Kind::refused) return;
    on_notice_(fmt::format("{}; trying again. Fingerprints to compare by voice: {}", trouble_.text, fingerprints_));
  });
}

void RoomNews::disconnected(const Error& error) {
  // An error or a close code comes with the server's own words, which could otherwise write over the code that a person
  // reads out.
  trouble_ = {RoomTrouble::Kind::unreachable, ceremony::escape(error.message, kShownWords),
              error.kind == ErrorKind::refused ? error.hint : ""};
  if (!std::exchange(unreachable_told_, true)) on_notice_(trouble_.text + "; trying again");
}

}  // namespace coterie::session
