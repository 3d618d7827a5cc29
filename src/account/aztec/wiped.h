// A secret for the moment of one call, on the stack and wiped when it goes. A Secret, which maps and locks pages of its
// own, would take a third of the time of the multiplication that it is for.
#pragma once

#include <array>
#include <span>

#include "base/secret.h"

namespace coterie::account::aztec {

template <std::size_t Size>
class Wiped {
 public:
  Wiped() = default;
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { wipe(bytes_.data(), Size); }

  std::uint8_t* data() { return bytes_.data(); }
  std::span<std::uint8_t> span() { return bytes_; }
  BytesView view() const { return bytes_; }
  static constexpr std::size_t size() { return Size; }

 private:
  std::array<std::uint8_t, Size> bytes_{};
};

}  // namespace coterie::account::aztec
