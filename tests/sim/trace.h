// Trace: what happened in one run, line by line; its digest tells whether two runs were the same.
#pragma once

#include <spdlog/fmt/fmt.h>

#include <cstdio>
#include <deque>
#include <stdexcept>
#include <string>

#include "sim/schedule.h"

namespace coterie::sim {

// A promise of the protocol was broken.
class Violation : public std::runtime_error {
 public:
  Violation(std::string invariant, const std::string& detail)
      : std::runtime_error(invariant + ": " + detail), invariant_(std::move(invariant)) {}
  const std::string& invariant() const { return invariant_; }

 private:
  std::string invariant_;
};

class Trace {
 public:
  Trace(const Schedule& schedule, bool loud) : schedule_(schedule), loud_(loud) {}

  template <class... Arguments>
  void note(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    line_.clear();
    fmt::format_to(std::back_inserter(line_), "{:>9} ", schedule_.now().count());
    fmt::format_to(std::back_inserter(line_), format, std::forward<Arguments>(arguments)...);
    for (const char c : line_) digest_ = (digest_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;  // FNV-1a
    if (loud_) std::printf("%s\n", line_.c_str());
    last_.push_back(line_);
    if (last_.size() > kKept) last_.pop_front();
  }

  std::uint64_t digest() const { return digest_; }
  const std::deque<std::string>& last() const { return last_; }

 private:
  static constexpr std::size_t kKept = 30;

  const Schedule& schedule_;
  bool loud_;
  std::string line_;
  std::deque<std::string> last_;
  std::uint64_t digest_ = 0xcbf29ce484222325;
};

}  // namespace coterie::sim
