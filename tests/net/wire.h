// Wire: a path between two PeerConnections of this machine that a test can cut, as a cable can be. Candidates pass
// through it and name its own ports instead; only 127.0.0.1 goes over it.
#pragma once

#include <atomic>
#include <optional>
#include <thread>

#include "rtc/session_description.h"

namespace coterie::rtc {

class Wire {
 public:
  enum class End { left, right };

  Wire();
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // What to tell the other end of a candidate of `from`; nothing for one that does not lead over the wire.
  std::optional<IceCandidateInit> carry(End from, const IceCandidateInit& candidate);

  // What `from` sends gets lost from now on, or no more.
  void cut(End from) { cut_[index(from)] = true; }
  void mend(End from) { cut_[index(from)] = false; }
  void cut_both() {
    cut(End::left);
    cut(End::right);
  }
  void mend_both() {
    mend(End::left);
    mend(End::right);
  }
  int lost() const { return lost_; }  // datagrams

 private:
  static int index(End end) { return end == End::left ? 0 : 1; }
  void run();
  void forward(int from);

  // sockets_[0] stands for the left end: the right one sends there.
  int sockets_[2];
  int stop_;
  std::atomic<std::uint16_t> ports_[2];  // of the ends themselves; 0: not known yet
  std::atomic<bool> cut_[2];
  std::atomic<int> lost_{0};
  std::thread thread_;
};

}  // namespace coterie::rtc
