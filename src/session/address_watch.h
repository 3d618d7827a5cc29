// AddressWatch: tells when an address of this machine came or went, so that nobody waits on a connection from an
// address that is no more.
#pragma once

#include <functional>
#include <memory>

#include "session/event_loop.h"

namespace coterie::session {

class AddressWatch {
 public:
  // `on_change` is called on the strand. Where the system does not tell, never.
  AddressWatch(EventLoop& loop, std::function<void()> on_change);
  ~AddressWatch();
  AddressWatch(const AddressWatch&) = delete;
  AddressWatch& operator=(const AddressWatch&) = delete;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace coterie::session
