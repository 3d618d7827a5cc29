#include "rtc/sctp_stack.h"

#include <usrsctp.h>

#include <cassert>

#include "base/log.h"
#include "rtc/sctp_transport.h"

namespace coterie::rtc {

namespace {

using namespace std::chrono_literals;

constexpr auto kTick = 10ms;

SctpStack* stack = nullptr;  // usrsctp's callback has no user data of ours
bool initialized = false;    // stays true if usrsctp refused to finish

}  // namespace

SctpStack::SctpStack(Loop& loop) : timer_(loop) {
  stack = this;
  if (initialized) return;
  // With threads, usrsctp's timer thread would call send_packet with its locks held: lock-order inversions.
  usrsctp_init_nothreads(0, &SctpStack::send_packet, nullptr);
  initialized = true;

  // RFC 8831 §5: neither ECN, nor address changes, nor SCTP's own authentication are of use over DTLS.
  usrsctp_sysctl_set_sctp_ecn_enable(0);
  usrsctp_sysctl_set_sctp_asconf_enable(0);
  usrsctp_sysctl_set_sctp_auto_asconf(0);
  usrsctp_sysctl_set_sctp_auth_enable(0);
  usrsctp_sysctl_set_sctp_nrsack_enable(0);
  usrsctp_sysctl_set_sctp_pktdrop_enable(0);
  // RFC 8831 §5 wants partial reliability; here every channel is reliable, and a peer cannot skip what it sent.
  usrsctp_sysctl_set_sctp_pr_enable(0);
  // Measured with 5 % loss and 80 ms round trip: the defaults (3 s, 1 s) are what stalls other stacks.
  usrsctp_sysctl_set_sctp_rto_initial_default(300);
  usrsctp_sysctl_set_sctp_rto_min_default(200);
  usrsctp_sysctl_set_sctp_rto_max_default(10'000);
  usrsctp_sysctl_set_sctp_init_rto_max_default(2'000);
  usrsctp_sysctl_set_sctp_init_rtx_max_default(10);
  usrsctp_sysctl_set_sctp_delayed_sack_time_default(20);
  // A message of 9 kB, as a certificate of three signers is, has to wait a round trip for its end with the four packets
  // of RFC 9260 §7.2.1. Ten are what RFC 6928 gives TCP.
  usrsctp_sysctl_set_sctp_initial_cwnd(10);
  usrsctp_sysctl_set_sctp_max_burst_default(10);
  // So that something is heard of a living peer well within kSilence, even with a packet lost.
  usrsctp_sysctl_set_sctp_heartbeat_interval_default(2'000);
  // A peer that does not acknowledge is given up after seven packets, 0.2 + 0.4 + … + 10 s: within 30 s.
  usrsctp_sysctl_set_sctp_assoc_rtx_max_default(6);
  usrsctp_sysctl_set_sctp_path_rtx_max_default(6);
}

SctpStack::~SctpStack() {
  assert(transports_.empty());
  // Sockets were closed with an ABORT; what usrsctp still has to free it frees in its timers.
  for (int attempt = 0; attempt < 100; ++attempt) {
    if (usrsctp_finish() == 0) {
      initialized = false;
      break;
    }
    usrsctp_handle_timers(static_cast<std::uint32_t>(kTick.count()));
  }
  if (initialized) log::debug("usrsctp still holds an association; it is kept for the next connection");
  stack = nullptr;
}

std::uintptr_t SctpStack::attach(SctpTransport& transport) {
  const std::uintptr_t token = next_token_++;
  transports_.emplace(token, &transport);
  usrsctp_register_address(reinterpret_cast<void*>(token));
  if (!timer_.running()) {
    last_tick_ = std::chrono::steady_clock::now();
    timer_.start_repeating(kTick, [this] { tick(); });
  }
  return token;
}

void SctpStack::detach(std::uintptr_t token) {
  transports_.erase(token);
  usrsctp_deregister_address(reinterpret_cast<void*>(token));
  if (transports_.empty()) timer_.stop();
}

void SctpStack::tick() {
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - last_tick_);
  last_tick_ += elapsed;
  usrsctp_handle_timers(static_cast<std::uint32_t>(elapsed.count()));
  for (const auto& [token, transport] : transports_) transport->process_events();
}

int SctpStack::send_packet(void* token, void* packet, std::size_t size, std::uint8_t, std::uint8_t) {
  if (stack == nullptr) return -1;
  const auto found = stack->transports_.find(reinterpret_cast<std::uintptr_t>(token));
  if (found == stack->transports_.end()) return -1;
  found->second->send_packet({static_cast<const std::uint8_t*>(packet), size});
  return 0;
}

}  // namespace coterie::rtc
