// Loop: the rtc thread, its GMainContext and our own task queue; Timer and SocketWatch run on it.
#pragma once

#include <glib.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "rtc/runtime.h"

namespace coterie::rtc {

class SctpStack;

// What lives on the rtc thread on behalf of an object elsewhere. The Loop is its only owner; others hold weak pointers
// and lock them in tasks on the rtc thread only, so that it is always destroyed there.
class Resident {
 public:
  virtual ~Resident() = default;
  // The Loop is about to stop: end within a bounded time and have yourself dismissed.
  virtual void close() = 0;
};

class Runtime::Loop {
 public:
  Loop();
  ~Loop();  // asks all residents to close, waits until they are gone, joins the thread

  // From any thread. The queue is ours, not GLib's, so that ThreadSanitizer sees who hands what to whom.
  void post(std::function<void()> task);

  // The rest: on the rtc thread only.
  void admit(std::shared_ptr<Resident> resident);
  // Drops the resident as soon as the running task or callback is over: the caller may be one of its own. Not later, or
  // a queue full of connections that begin and end would hold all of them at once.
  void dismiss(Resident& resident);
  GMainContext* context() { return context_; }
  SctpStack& sctp() { return *sctp_; }

 private:
  void run();
  bool run_tasks();  // false once there was nothing to do
  void release_dismissed();

  GMainContext* context_;
  std::unique_ptr<SctpStack> sctp_;
  std::set<std::shared_ptr<Resident>> residents_;
  std::vector<std::shared_ptr<Resident>> dismissed_;
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;  // guarded by mutex_
  bool stopping_ = false;                     // rtc thread
  std::thread thread_;
};

using Loop = Runtime::Loop;

// Calls a function on the rtc thread once, or again and again, after a time. Destroying or stopping it there means that
// the function is not called any more. The function may stop, restart or destroy its timer.
class Timer {
 public:
  explicit Timer(Loop& loop) : loop_(loop) {}
  ~Timer() { stop(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void start(std::chrono::milliseconds delay, std::function<void()> function);
  void start_repeating(std::chrono::milliseconds interval, std::function<void()> function);
  void stop();
  bool running() const { return source_ != nullptr; }

 private:
  void attach(std::chrono::milliseconds delay, std::function<void()> function, bool repeat);
  static gboolean fired(gpointer self);

  Loop& loop_;
  GSource* source_ = nullptr;
  std::function<void()> function_;
  bool repeat_ = false;
};

enum class Readiness { readable, writable };

// Calls a function on the rtc thread whenever a descriptor is ready (or in error). Does not own the descriptor. The
// function may destroy its watch.
class SocketWatch {
 public:
  SocketWatch(Loop& loop, int descriptor, Readiness readiness, std::function<void()> ready);
  ~SocketWatch();
  SocketWatch(const SocketWatch&) = delete;
  SocketWatch& operator=(const SocketWatch&) = delete;

 private:
  GSource* source_;
  std::function<void()> ready_;
};

// The signals of a process go to the threads of its program: ours block all of them for as long as this lives.
class BlockedSignals {
 public:
  BlockedSignals();
  ~BlockedSignals();
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t previous_;
};

}  // namespace coterie::rtc
