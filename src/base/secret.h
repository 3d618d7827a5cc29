// Secret bytes: page-locked where the system allows, kept out of core dumps, wiped when freed, move-only, unprintable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "base/bytes.h"

namespace coterie {

// A run-time number of secret bytes in sodium_malloc memory (guard pages, mlock, MADV_DONTDUMP; wiped by sodium_free).
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size);  // zero-filled
  static SecretBytes copy_of(BytesView bytes);
  static SecretBytes copy_of(std::string_view text) { return copy_of(as_bytes(text)); }
  SecretBytes clone() const { return copy_of(view()); }

  SecretBytes(SecretBytes&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  std::uint8_t* data() { return data_; }
  const std::uint8_t* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  BytesView view() const { return {data_, size_}; }
  std::span<std::uint8_t> span() { return {data_, size_}; }
  std::string_view text() const { return as_text(view()); }  // a view: do not copy it into a std::string
  void truncate(std::size_t size);                           // to at most the present size

  // Constant time for equal sizes.
  bool equals(BytesView other) const;

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

// Exactly Size secret bytes, zero-filled at first.
template <std::size_t Size>
class Secret {
 public:
  Secret() : bytes_(Size) {}
  static Result<Secret> from_bytes(BytesView bytes) {
    if (bytes.size() != Size) return refused_error("a secret of the wrong length");
    Secret secret;
    std::copy(bytes.begin(), bytes.end(), secret.data());
    return secret;
  }
  Secret clone() const {
    Secret copy;
    std::copy(view().begin(), view().end(), copy.data());
    return copy;
  }
  std::uint8_t* data() { return bytes_.data(); }
  const std::uint8_t* data() const { return bytes_.data(); }
  BytesView view() const { return bytes_.view(); }
  std::span<std::uint8_t> span() { return bytes_.span(); }
  static constexpr std::size_t size() { return Size; }

 private:
  SecretBytes bytes_;
};

// What a person typed to open a vault. Its own type, so that no other text is taken for it.
class Passphrase {
 public:
  explicit Passphrase(SecretBytes text) : text_(std::move(text)) {}
  BytesView view() const { return text_.view(); }
  bool empty() const { return text_.empty(); }

 private:
  SecretBytes text_;
};

// base64url without padding of secret bytes, for sealed JSON only. The text is as secret as the bytes.
SecretBytes serialize_secret_base64(BytesView secret);
// Canonical, as parse_base64(text, Base64::url).
Result<SecretBytes> parse_secret_base64(std::string_view text);

// Overwrites public-typed memory that held a secret for a moment (a buffer of a C library, a line just read).
void wipe(void* data, std::size_t size);

enum class MemoryProtection { full, partial };
// For a program's start: no core dumps, not traceable by other processes. `partial` where the system refused something
// or locked memory is too small for our secrets; the caller warns once.
MemoryProtection protect_process_memory();

}  // namespace coterie
