// Runtime: the one thread on which libnice, OpenSSL DTLS and usrsctp run, and their process-wide life.
#pragma once

#include <functional>
#include <memory>

namespace coterie::rtc {

// How results reach the caller: called on the rtc thread, it must run `function` later on the owner's strand (for
// Asio: `asio::post(strand, ...)`), one at a time and in the order given, and must neither block nor throw. It may be
// called for a while after the object that it was given to was destroyed: until Runtime::settle() or, at the latest,
// until the last Runtime reference is released; a function that is never run does no harm. The Post itself is destroyed
// on the rtc thread.
using Post = std::function<void(std::function<void()> function)>;

// Counted owner of the rtc thread, its GMainContext and the usrsctp library. All references together are one Runtime:
// the first acquire() starts the thread, releasing the last one stops it: connections that are still closing are given
// their linger time, then the thread is joined. So release the last reference on the owner's strand or in main, after
// every PeerConnection and StunProbe, and never from within a Post.
class Runtime {
 public:
  static std::shared_ptr<Runtime> acquire();
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  // Waits for the rtc thread, and not on it: when this returns, no Post of an object that was closed or destroyed
  // before is called any more, whoever else holds this Runtime. What such a Post refers to may go then.
  void settle();

  // For the classes of this module.
  class Loop;
  Loop& loop() { return *loop_; }

 private:
  Runtime();
  std::unique_ptr<Loop> loop_;
};

}  // namespace coterie::rtc
