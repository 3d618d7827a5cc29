#include "session/run.h"

#include <spdlog/fmt/fmt.h>

#include "base/descriptors.h"
#include "session/ice_servers.h"

namespace coterie::session {

namespace {
// For the farewell to the signaling server, after everything else is decided.
constexpr std::chrono::milliseconds kFarewell{1'000};
// Vault, event loops, server, signaling, STUN; and for each other signer the connection to an embedded server, and a
// socket for each address here, twice while a link is made anew. Measured: 31 in all with two others and two addresses.
constexpr std::size_t kDescriptorsOfARun = 32;
constexpr std::size_t kDescriptorsOfALink = 8;
}  // namespace

Run::Run(const RunOptions& options)
    : options_(options.connection),
      observer_(options.observer),
      watch_(loop_, options_.join_timeout, [this] { on_join_timeout(); }),
      stop_(options.stop) {}

// Also when an exception ended it: the system gave no thread, say.
Run::~Run() {
  links_.reset();
  if (runtime_) runtime_->settle();
}

Outcome Run::drive(const crypto::Identity& identity, WebRtcClientOptions links, WebRtcClientHandlers handlers) {
  auto servers = parse_ice_servers(options_);
  if (!servers) return {{}, {}, servers.error()};
  links.stun_servers = std::move(servers->stun);
  links.turn_servers = std::move(servers->turn);
  links.ice_policy = options_.ice_policy;
  runtime_ = rtc::Runtime::acquire();
  auto client = WebRtcClient::create(loop_, runtime_, identity, random_, std::move(links), std::move(handlers));
  if (!client) return {{}, {}, client.error()};
  links_ = std::move(*client);
  {
    const std::stop_callback on_stop_requested(stop_, [this] {
      loop_.post([this] {
        if (!finished()) on_stop();
      });
    });
    watch_.note_progress();
    links_->start();
    loop_.run();
  }
  loop_.drain(kFarewell);
  links_.reset();
  runtime_->settle();  // another run of this process may hold it, too: nothing of this one posts to the loop any more
  runtime_.reset();
  return std::move(*outcome_);
}

void Run::finish(Outcome outcome, Farewell farewell) {
  if (finished()) return;
  outcome_ = std::move(outcome);
  watch_.hold();
  before_closing();
  links_->close(farewell);
  loop_.stop();
}

Result<void> check_descriptors_for_links(std::size_t others) {
  return check_descriptors(
      kDescriptorsOfARun + others * kDescriptorsOfALink,
      fmt::format("the exchange with {} other signer{}", others, others == 1 ? std::string_view() : "s"));
}

std::string describe(std::chrono::milliseconds duration) {
  return fmt::format("{} s", std::chrono::duration<double>(duration).count());
}

}  // namespace coterie::session
