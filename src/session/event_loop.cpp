#include "session/event_loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace coterie::session {

class EventLoop::Impl {
 public:
  boost::asio::io_context context{1};
};

EventLoop::EventLoop() : impl_(std::make_unique<Impl>()) {}
EventLoop::~EventLoop() = default;

boost::asio::io_context& EventLoop::context() {
  return impl_->context;
}

void EventLoop::post(std::function<void()> function) {
  boost::asio::post(impl_->context, std::move(function));
}

void EventLoop::run() {
  const auto work = boost::asio::make_work_guard(impl_->context);
  impl_->context.restart();
  impl_->context.run();
}

void EventLoop::stop() {
  impl_->context.stop();
}

void EventLoop::drain(std::chrono::milliseconds most) {
  impl_->context.restart();
  impl_->context.run_for(most);
}

class Timer::Impl {
 public:
  explicit Impl(boost::asio::io_context& context) : timer(context) {}

  boost::asio::steady_timer timer;
  // A handler that is already queued cannot be cancelled any more: it finds another number here and does nothing.
  std::uint64_t generation = 0;
  bool waiting = false;
};

Timer::Timer(EventLoop& loop) : impl_(std::make_shared<Impl>(loop.context())) {}
Timer::~Timer() {
  cancel();
}

void Timer::start(std::chrono::milliseconds after, std::function<void()> on_due) {
  cancel();
  impl_->waiting = true;
  impl_->timer.expires_after(after);
  impl_->timer.async_wait([impl = impl_, generation = impl_->generation,
                           on_due = std::move(on_due)](const boost::system::error_code& error) {
    if (error || generation != impl->generation) return;
    impl->waiting = false;
    on_due();
  });
}

void Timer::cancel() {
  ++impl_->generation;
  impl_->waiting = false;
  boost::system::error_code ignored;  // the other overload may throw, and destructors come here
  impl_->timer.cancel(ignored);
}

bool Timer::waiting() const {
  return impl_->waiting;
}

}  // namespace coterie::session
