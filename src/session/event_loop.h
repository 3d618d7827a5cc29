// EventLoop: the one strand that owns all state of a session. Everything else posts to it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace coterie::session {

class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  boost::asio::io_context& context();

  // From any thread; runs on the strand, in the order posted. What was never run is dropped with the loop.
  void post(std::function<void()> function);

  void run();   // on the calling thread, until stop()
  void stop();  // from any thread
  // After run(): what is still to be written (a farewell) is given up to `most`; returns at once when nothing is.
  void drain(std::chrono::milliseconds most);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// One waiting function. Used on the strand only; nothing is called after cancel() or destruction.
class Timer {
 public:
  explicit Timer(EventLoop& loop);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void start(std::chrono::milliseconds after, std::function<void()> on_due);  // in place of what waited before
  void cancel();
  bool waiting() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace coterie::session
