// tests/vectors/protocol.json as a reader of another implementation sees it: no use of what made it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/random.h"
#include "crypto/identity.h"
#include "vectors/vector_file.h"

namespace coterie::vectors {

constexpr std::size_t kMaxVectorFile = 1024ul * 1024;

// Keys joined by dots: "signers.alice.card.payload".
inline const json::Value& follow(const json::Value& value, std::string_view path) {
  const json::Value* here = &value;
  while (!path.empty()) {
    const std::string_view key = path.substr(0, path.find('.'));
    const auto* object = here->if_object();
    here = object == nullptr ? nullptr : object->if_contains({key.data(), key.size()});
    if (here == nullptr) throw std::runtime_error("the vectors have no " + std::string(path));
    path.remove_prefix(std::min(path.size(), key.size() + 1));
  }
  return *here;
}

inline std::string text_at(const json::Value& value, std::string_view path) {
  return std::string(follow(value, path).as_string());
}

inline Bytes bytes_at(const json::Value& value, std::string_view path) {
  const auto bytes = parse_hex(text_at(value, path));
  if (!bytes) throw std::runtime_error(std::string(path) + ": " + bytes.error().message);
  return *bytes;
}

template <class Fixed>
Fixed fixed_at(const json::Value& value, std::string_view path) {
  const auto fixed = Fixed::from_bytes(bytes_at(value, path));
  if (!fixed) throw std::runtime_error(std::string(path) + ": " + fixed.error().message);
  return *fixed;
}

inline bool has(const json::Value& object, std::string_view key) {
  return object.as_object().contains({key.data(), key.size()});
}

// Gives the bytes of the file where the product asks for randomness; running out of them is an error.
class ReplayedRandom final : public Random {
 public:
  explicit ReplayedRandom(Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<std::uint8_t> out) override {
    if (out.size() > bytes_.size() - at_) throw std::runtime_error("more randomness is asked for than the file has");
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), out.size(), out.begin());
    at_ += out.size();
  }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
};

class VectorReaderTest : public testing::Test {
 protected:
  static const json::Value& document() {
    static const json::Value parsed = [] {
      auto value = json::parse(read_vector_file(), kMaxVectorFile, "the file of vectors");
      if (!value) throw std::runtime_error(value.error().message);
      return std::move(*value);
    }();
    return parsed;
  }
  static std::string text(std::string_view path) { return text_at(document(), path); }
  static Bytes bytes(std::string_view path) { return bytes_at(document(), path); }
  template <class Fixed>
  static Fixed fixed(std::string_view path) {
    return fixed_at<Fixed>(document(), path);
  }

  static crypto::Identity identity(const std::string& signer) {
    Bytes secret = bytes("signers." + signer + ".sign_seed_hex");
    const Bytes box = bytes("signers." + signer + ".box_secret_hex");
    secret.insert(secret.end(), box.begin(), box.end());
    return std::move(crypto::Identity::parse(secret).value());
  }

  // Calls `check` for each object in the file that has `key`, with its path; the number of them.
  static std::size_t for_each_with(std::string_view key,
                                   const std::function<void(const json::Value&, const std::string&)>& check) {
    return walk(document(), "", key, check);
  }

 private:
  static std::size_t walk(const json::Value& value, const std::string& path, std::string_view key,
                          const std::function<void(const json::Value&, const std::string&)>& check) {
    std::size_t found = 0;
    if (const auto* object = value.if_object()) {
      if (has(value, key)) {
        check(value, path);
        ++found;
      }
      for (const auto& field : *object) {
        found += walk(field.value(), path + "." + std::string(field.key()), key, check);
      }
    } else if (const auto* array = value.if_array()) {
      for (const json::Value& item : *array) found += walk(item, path + "[]", key, check);
    }
    return found;
  }
};

}  // namespace coterie::vectors
