// SIGINT, SIGTERM and SIGHUP as a stop token: the first one asks for an end, the second one insists.
#pragma once

#include <stop_token>
#include <thread>

namespace coterie::cli {

// Made once, before any other thread: it blocks the signals in every thread and takes them on one of its own. Outside
// a GracefulStop a signal ends the program at once, with the terminal's echo restored: nothing is half-written, because
// the vault's transactions and cli/file.h leave nothing half-written. SIGPIPE is ignored from here on.
class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  int descriptor_;  // signalfd
  int wake_;        // eventfd: the thread's end
  std::thread thread_;
};

enum class SecondSignal {
  ends_at_once,
  ignored,  // for a clean-up that is bounded anyway and must not be left half-done
};

// While one lives, the first signal only requests a stop. At most one at a time.
class GracefulStop {
 public:
  explicit GracefulStop(SecondSignal second = SecondSignal::ends_at_once);
  ~GracefulStop();
  GracefulStop(const GracefulStop&) = delete;
  GracefulStop& operator=(const GracefulStop&) = delete;

  std::stop_token token() const;
};

// The signal that asked for the end; SIGINT when none came (Ctrl-D at a question ends like Ctrl-C).
int received_signal();

}  // namespace coterie::cli
