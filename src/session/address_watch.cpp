#include "session/address_watch.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <optional>
#include <utility>

#include "base/address_changes.h"

namespace coterie::session {

namespace asio = boost::asio;
using boost::system::error_code;

class AddressWatch::Impl : public std::enable_shared_from_this<AddressWatch::Impl> {
 public:
  Impl(EventLoop& loop, std::function<void()> on_change)
      : changes_(AddressChanges::open()), readable_(loop.context()), on_change_(std::move(on_change)) {
    error_code ignored;
    if (changes_) readable_.assign(changes_->descriptor(), ignored);
  }

  void wait() {
    if (!readable_.is_open()) return;
    readable_.async_wait(asio::posix::stream_descriptor::wait_read, [weak = weak_from_this()](error_code error) {
      const auto self = weak.lock();
      if (error || !self || !self->on_change_) return;
      if (self->changes_->take()) self->on_change_();
      self->wait();
    });
  }

  void end() {
    on_change_ = nullptr;
    error_code ignored;
    readable_.cancel(ignored);
    readable_.release();  // it is not Asio's to close
  }

 private:
  std::optional<AddressChanges> changes_;
  asio::posix::stream_descriptor readable_;
  std::function<void()> on_change_;
};

AddressWatch::AddressWatch(EventLoop& loop, std::function<void()> on_change)
    : impl_(std::make_shared<Impl>(loop, std::move(on_change))) {
  impl_->wait();
}

AddressWatch::~AddressWatch() {
  impl_->end();
}

}  // namespace coterie::session
