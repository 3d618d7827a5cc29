// Secret bytes: page-locked where the system allows, kept out of core dumps, wiped when freed, move-only, unprintable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "coterie/bytes.h"

namespace coterie {

// A run-time number of secret bytes in memory with guard pages around it.
class COTERIE_EXPORT SecretBytes {
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

// What a person typed to open a vault. Its own type, so that no other text is taken for it.
class Passphrase {
 public:
  explicit Passphrase(SecretBytes text) : text_(std::move(text)) {}
  BytesView view() const { return text_.view(); }
  bool empty() const { return text_.empty(); }

 private:
  SecretBytes text_;
};

enum class MemoryProtection { full, partial };
// For a program's start: no core dumps, not traceable by other processes of the user. `partial` where the system
// refused something, or allows too little locked memory for the secrets of one creation: warn once, and go on. A
// library does not do this to the program it is in: call it yourself.
COTERIE_EXPORT MemoryProtection protect_process_memory();

}  // namespace coterie
