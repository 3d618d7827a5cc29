#include "base/random.h"

#include <sodium.h>

#include <array>
#include <cstring>

#include "base/sodium_init.h"

namespace coterie {

void SystemRandom::fill(std::span<std::uint8_t> out) {
  initialize_sodium();
  randombytes_buf(out.data(), out.size());
}

void SeededRandom::fill(std::span<std::uint8_t> out) {
  std::array<std::uint8_t, randombytes_SEEDBYTES> seed{};
  std::memcpy(seed.data(), &seed_, sizeof seed_);
  std::memcpy(seed.data() + sizeof seed_, &draws_, sizeof draws_);
  ++draws_;
  randombytes_buf_deterministic(out.data(), out.size(), seed.data());
}

}  // namespace coterie
