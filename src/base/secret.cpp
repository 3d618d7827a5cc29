#include "base/secret.h"

#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cassert>
#include <cstring>
#include <new>

#include "base/base64.h"
#include "base/sodium_init.h"

namespace coterie {

SecretBytes::SecretBytes(std::size_t size) : size_(size) {
  if (size == 0) return;
  initialize_sodium();
  data_ = static_cast<std::uint8_t*>(sodium_malloc(size));
  if (data_ == nullptr) throw std::bad_alloc();
  std::memset(data_, 0, size);
}

SecretBytes SecretBytes::copy_of(BytesView bytes) {
  SecretBytes copy(bytes.size());
  std::copy(bytes.begin(), bytes.end(), copy.data_);
  return copy;
}

SecretBytes::~SecretBytes() {
  sodium_free(data_);
}

void SecretBytes::truncate(std::size_t size) {
  assert(size <= size_);
  sodium_memzero(data_ + size, size_ - size);
  size_ = size;
}

bool SecretBytes::equals(BytesView other) const {
  return other.size() == size_ && (size_ == 0 || sodium_memcmp(data_, other.data(), size_) == 0);
}

SecretBytes serialize_secret_base64(BytesView secret) {
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  SecretBytes text(sodium_base64_encoded_len(secret.size(), kVariant));  // with a final zero byte
  sodium_bin2base64(reinterpret_cast<char*>(text.data()), text.size(), secret.data(), secret.size(), kVariant);
  text.truncate(text.size() - 1);
  return text;
}

Result<SecretBytes> parse_secret_base64(std::string_view text) {
  SecretBytes secret(text.size() / 4 * 3 + 3);
  const auto size = decode_base64(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING, secret.span());
  if (!size) return refused_error("not canonical base64url");
  secret.truncate(*size);
  return secret;
}

void wipe(void* data, std::size_t size) {
  sodium_memzero(data, size);
}

MemoryProtection protect_process_memory() {
  initialize_sodium();
  const rlimit no_core{0, 0};
  bool full = setrlimit(RLIMIT_CORE, &no_core) == 0;
  full = prctl(PR_SET_DUMPABLE, 0) == 0 && full;
  // A probe of the size that one session's secrets need.
  constexpr std::size_t kProbe = 256ul * 1024;
  void* probe = sodium_malloc(kProbe);
  full = probe != nullptr && sodium_mlock(probe, kProbe) == 0 && full;
  sodium_free(probe);
  return full ? MemoryProtection::full : MemoryProtection::partial;
}

}  // namespace coterie
