#include "rtc/loop.h"

#include <glib-unix.h>

#include <algorithm>
#include <cassert>
#include <condition_variable>
#include <future>
#include <utility>

#include "rtc/sctp_stack.h"

namespace coterie::rtc {

BlockedSignals::BlockedSignals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &previous_);
}

BlockedSignals::~BlockedSignals() {
  pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
}

Runtime::Loop::Loop() : context_(g_main_context_new()) {
  const BlockedSignals blocked;  // inherited by the thread
  thread_ = std::thread([this] { run(); });
}

Runtime::Loop::~Loop() {
  assert(thread_.get_id() != std::this_thread::get_id());
  post([this] {
    stopping_ = true;
    for (const auto& resident : std::set(residents_)) resident->close();
  });
  thread_.join();
  g_main_context_unref(context_);
}

void Runtime::Loop::post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  g_main_context_wakeup(context_);
}

void Runtime::Loop::admit(std::shared_ptr<Resident> resident) {
  residents_.insert(std::move(resident));
}

void Runtime::Loop::dismiss(Resident& resident) {
  const auto known = std::find_if(residents_.begin(), residents_.end(),
                                  [&](const std::shared_ptr<Resident>& one) { return one.get() == &resident; });
  if (known == residents_.end()) return;
  dismissed_.push_back(*known);
  residents_.erase(known);
}

// With no frame of theirs below.
void Runtime::Loop::release_dismissed() {
  while (!dismissed_.empty()) {
    const auto gone = std::exchange(dismissed_, {});  // who goes may admit or dismiss others
  }
}

bool Runtime::Loop::run_tasks() {
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (auto& task : tasks) {
    task();
    task = nullptr;
    release_dismissed();
  }
  return !tasks.empty();
}

void Runtime::Loop::run() {
  g_main_context_push_thread_default(context_);
  sctp_ = std::make_unique<SctpStack>(*this);
  while (true) {
    const bool ran = run_tasks();
    if (!ran && stopping_ && residents_.empty()) break;
    // A task posted meanwhile is not missed: g_main_context_wakeup() is remembered for the next iteration.
    g_main_context_iteration(context_, ran ? FALSE : TRUE);
    release_dismissed();
  }
  sctp_.reset();
  // libnice frees some of its parts from idle sources.
  while (g_main_context_iteration(context_, FALSE)) {
  }
  g_main_context_pop_thread_default(context_);
}

namespace {

// The libraries are process-wide: there is one Runtime at a time.
struct Present {
  std::mutex mutex;
  std::condition_variable gone;
  std::weak_ptr<Runtime> runtime;
  bool there = false;  // longer than anybody has a reference: until the libraries have ended
};

Present& present() {
  static Present instance;
  return instance;
}

}  // namespace

std::shared_ptr<Runtime> Runtime::acquire() {
  Present& now = present();
  std::unique_lock lock(now.mutex);
  std::shared_ptr<Runtime> runtime;
  now.gone.wait(lock, [&] { return (runtime = now.runtime.lock()) || !now.there; });
  if (runtime) return runtime;
  runtime.reset(new Runtime());
  now.runtime = runtime;
  now.there = true;
  return runtime;
}

Runtime::Runtime() : loop_(std::make_unique<Loop>()) {}

Runtime::~Runtime() {
  loop_.reset();
  {
    const std::lock_guard lock(present().mutex);
    present().there = false;
  }
  present().gone.notify_all();
}

void Runtime::settle() {
  std::promise<void> settled;
  loop_->post([&settled] { settled.set_value(); });  // behind all that was posted before
  settled.get_future().wait();
}

void Timer::start(std::chrono::milliseconds delay, std::function<void()> function) {
  attach(delay, std::move(function), false);
}

void Timer::start_repeating(std::chrono::milliseconds interval, std::function<void()> function) {
  attach(interval, std::move(function), true);
}

void Timer::attach(std::chrono::milliseconds delay, std::function<void()> function, bool repeat) {
  stop();
  function_ = std::move(function);
  repeat_ = repeat;
  source_ = g_timeout_source_new(static_cast<guint>(delay.count()));
  g_source_set_callback(source_, &Timer::fired, this, nullptr);
  g_source_attach(source_, loop_.context());
}

void Timer::stop() {
  if (source_ == nullptr) return;
  g_source_destroy(source_);  // on the context's own thread: no callback comes after this
  g_source_unref(source_);
  source_ = nullptr;
}

gboolean Timer::fired(gpointer self) {
  auto& timer = *static_cast<Timer*>(self);
  const auto function = timer.function_;  // a copy: it may restart or destroy the timer
  const bool repeat = timer.repeat_;
  if (!repeat) timer.stop();
  function();
  return repeat ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

SocketWatch::SocketWatch(Loop& loop, int descriptor, Readiness readiness, std::function<void()> ready)
    : ready_(std::move(ready)) {
  const auto condition = readiness == Readiness::readable ? G_IO_IN : G_IO_OUT;
  source_ = g_unix_fd_source_new(descriptor, GIOCondition(condition | G_IO_ERR | G_IO_HUP));
  const GUnixFDSourceFunc call = [](gint, GIOCondition, gpointer self) -> gboolean {
    const auto function = static_cast<SocketWatch*>(self)->ready_;  // a copy: it may destroy the watch
    function();
    return G_SOURCE_CONTINUE;
  };
  // GLib's own convention: the callback of an fd source has GUnixFDSourceFunc's type, passed as GSourceFunc.
  g_source_set_callback(source_, reinterpret_cast<GSourceFunc>(reinterpret_cast<void (*)()>(call)), this, nullptr);
  g_source_attach(source_, loop.context());
}

SocketWatch::~SocketWatch() {
  g_source_destroy(source_);
  g_source_unref(source_);
}

}  // namespace coterie::rtc
