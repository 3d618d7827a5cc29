#include "base/random.h"

#include <sodium.h>

#include <array>
#include <cstring>

#include "base/sodium_init.h"

namespace coterie {

void SystemRandom::fill(std::span<std::uint8_t> out) {
  initialize_sodium();
  if (out.empty()) return;  // libsodium takes no null pointer
  randombytes_buf(out.data(), out.size());
}

void SeededRandom::fill(std::span<std::uint8_t> out) {
  std::array<std::uint8_t, randombytes_SEEDBYTES> seed{};
  std::memcpy(seed.data(), &seed_, sizeof seed_);
  std::memcpy(seed.data() + sizeof seed_, &draws_, sizeof draws_);
  ++draws_;
  if (out.empty()) return;
  randombytes_buf_deterministic(out.data(), out.size(), seed.data());
}

}  // namespace coterie
