// SctpStack: the process-wide usrsctp library, run without threads of its own, and the map from its address tokens to
// the SctpTransports.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>

#include "rtc/loop.h"

namespace coterie::rtc {

class SctpTransport;

class SctpStack {
 public:
  explicit SctpStack(Loop& loop);
  ~SctpStack();  // after the last transport
  SctpStack(const SctpStack&) = delete;
  SctpStack& operator=(const SctpStack&) = delete;

  // usrsctp takes the token for an address. It is a number, never a pointer: a packet of an association that lingers
  // after its transport is gone finds nothing.
  std::uintptr_t attach(SctpTransport& transport);
  void detach(std::uintptr_t token);

 private:
  void tick();
  static int send_packet(void* token, void* packet, std::size_t size, std::uint8_t tos, std::uint8_t set_df);

  std::map<std::uintptr_t, SctpTransport*> transports_;
  std::uintptr_t next_token_ = 1;
  Timer timer_;  // runs only while there is a transport
  std::chrono::steady_clock::time_point last_tick_;
};

}  // namespace coterie::rtc
