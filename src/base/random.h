// Randomness as an argument, so that tests of the protocol run from a seed.
#pragma once

#include <cstdint>
#include <span>

#include "base/secret.h"

namespace coterie {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;

  // A public random value: Epoch, LinkId, RoomSalt, Nonce …
  template <class Fixed>
  Fixed draw() {
    Fixed value;
    fill({value.data(), Fixed::kSize});
    return value;
  }
  template <std::size_t Size>
  Secret<Size> draw_secret() {
    Secret<Size> secret;
    fill(secret.span());
    return secret;
  }
};

// The operating system's generator, through libsodium. Never fails: libsodium ends the process without randomness.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

// For tests and protocol examples only: the same bytes for the same seed.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : seed_(seed) {}
  void fill(std::span<std::uint8_t> out) override;

 private:
  std::uint64_t seed_;
  std::uint64_t draws_ = 0;
};

}  // namespace coterie
