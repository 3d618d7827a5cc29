#include "base/json.h"

#include <sodium.h>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/memory_resource.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/serializer.hpp>
#include <boost/json/value_stack.hpp>
#include <limits>
#include <new>
#include <set>
#include <vector>

namespace coterie::json {

namespace {

namespace bj = boost::json;

class WipingResource final : public bj::memory_resource {
  // The alignment is left aside: Boost 1.81 frees an unfinished key with another one than it was taken with, and asks
  // for none above what plain new gives.
  void* do_allocate(std::size_t size, std::size_t) override { return ::operator new(size); }
  void do_deallocate(void* data, std::size_t size, std::size_t) override {
    wipe(data, size);
    ::operator delete(data, size);
  }
  bool do_is_equal(const bj::memory_resource& other) const noexcept override { return this == &other; }
};

bj::storage_ptr wiping_storage() {
  static WipingResource resource;
  return {&resource};
}

bj::error_code refuse() {
  return bj::error::syntax;
}

// Builds a value from basic_parser's events; what JSON allows and we do not, it refuses here.
class Builder {
 public:
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  Builder() : stack_(wiping_storage()) { stack_.reset(wiping_storage()); }

  const char* problem() const { return problem_; }
  Value release() { return stack_.release(); }

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_object_begin(bj::error_code&) {
    keys_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t size, bj::error_code&) {
    keys_.pop_back();
    stack_.push_object(size);
    return true;
  }
  bool on_array_begin(bj::error_code&) { return true; }
  bool on_array_end(std::size_t size, bj::error_code&) {
    stack_.push_array(size);
    return true;
  }
  bool on_key_part(bj::string_view part, std::size_t, bj::error_code&) {
    key_.append(part.data(), part.size());
    stack_.push_chars(part);
    return true;
  }
  bool on_key(bj::string_view part, std::size_t, bj::error_code& error) {
    key_.append(part.data(), part.size());
    if (!keys_.back().insert(std::exchange(key_, {})).second) {
      problem_ = "a key stands twice in one object";
      error = refuse();
      return false;
    }
    stack_.push_key(part);
    return true;
  }
  bool on_string_part(bj::string_view part, std::size_t, bj::error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(bj::string_view part, std::size_t, bj::error_code&) {
    stack_.push_string(part);
    return true;
  }
  bool on_number_part(bj::string_view, bj::error_code&) { return true; }
  bool on_int64(std::int64_t number, bj::string_view, bj::error_code&) {
    stack_.push_int64(number);
    return true;
  }
  bool on_uint64(std::uint64_t number, bj::string_view, bj::error_code&) {
    stack_.push_uint64(number);
    return true;
  }
  bool on_double(double, bj::string_view, bj::error_code& error) {
    problem_ = "a number is not a whole number of 64 bits";
    error = refuse();
    return false;
  }
  bool on_bool(bool value, bj::error_code&) {
    stack_.push_bool(value);
    return true;
  }
  bool on_null(bj::error_code&) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(bj::string_view, bj::error_code&) { return false; }
  bool on_comment(bj::string_view, bj::error_code&) { return false; }

 private:
  bj::value_stack stack_;
  // Of each open object. Ordered: keys can be chosen so that they all fall into one bucket of a hash table.
  std::vector<std::set<std::string>> keys_;
  std::string key_;
  const char* problem_ = nullptr;
};

// Takes whatever is JSON, and keeps nothing of it.
struct NullHandler {
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_object_begin(bj::error_code&) { return true; }
  bool on_object_end(std::size_t, bj::error_code&) { return true; }
  bool on_array_begin(bj::error_code&) { return true; }
  bool on_array_end(std::size_t, bj::error_code&) { return true; }
  bool on_key_part(bj::string_view, std::size_t, bj::error_code&) { return true; }
  bool on_key(bj::string_view, std::size_t, bj::error_code&) { return true; }
  bool on_string_part(bj::string_view, std::size_t, bj::error_code&) { return true; }
  bool on_string(bj::string_view, std::size_t, bj::error_code&) { return true; }
  bool on_number_part(bj::string_view, bj::error_code&) { return true; }
  bool on_int64(std::int64_t, bj::string_view, bj::error_code&) { return true; }
  bool on_uint64(std::uint64_t, bj::string_view, bj::error_code&) { return true; }
  bool on_double(double, bj::string_view, bj::error_code&) { return true; }
  bool on_bool(bool, bj::error_code&) { return true; }
  bool on_null(bj::error_code&) { return true; }
  bool on_comment_part(bj::string_view, bj::error_code&) { return false; }
  bool on_comment(bj::string_view, bj::error_code&) { return false; }
};

// The parser takes strings with escapes apart in a buffer on its stack, which it does not wipe.
constexpr std::size_t kParsersStack = std::size_t{16} * 1024;

Error too_long(std::string_view what, std::size_t max_bytes) {
  return refused_error(std::string(what) + " is longer than " + std::to_string(max_bytes) + " bytes");
}

}  // namespace

Result<Value> parse(std::string_view text, std::size_t max_bytes, std::string_view what) {
  if (text.size() > max_bytes) return too_long(what, max_bytes);
  bj::parse_options options;
  options.max_depth = kMaxDepth;
  bj::basic_parser<Builder> parser(options);
  bj::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (error) {
    const char* problem = parser.handler().problem();
    return refused_error(std::string(what) + " is not valid JSON: " + (problem != nullptr ? problem : error.message()));
  }
  if (read != text.size()) return refused_error(std::string(what) + " is not valid JSON: something follows the value");
  return parser.handler().release();
}

Result<void> validate(std::string_view text, std::size_t max_bytes, std::string_view what) {
  if (text.size() > max_bytes) return too_long(what, max_bytes);
  bj::basic_parser<NullHandler> parser{bj::parse_options()};
  bj::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  sodium_stackzero(kParsersStack);
  if (error) return refused_error(std::string(what) + " is not valid JSON: " + error.message());
  if (read != text.size()) return refused_error(std::string(what) + " is not valid JSON: something follows the value");
  return {};
}

std::string serialize(const Value& value) {
  return bj::serialize(value);
}

SecretBytes serialize_secret(const Value& value) {
  std::array<char, 4096> piece{};
  bj::serializer serializer;
  std::size_t size = 0;
  serializer.reset(&value);
  while (!serializer.done()) size += serializer.read(piece.data(), piece.size()).size();
  SecretBytes text(size);
  std::size_t at = 0;
  serializer.reset(&value);
  while (!serializer.done()) {
    const auto part = serializer.read(piece.data(), piece.size());
    std::copy(part.begin(), part.end(), text.data() + at);
    at += part.size();
  }
  wipe(piece.data(), piece.size());
  return text;
}

Object secret_object() {
  return Object(wiping_storage());
}

ObjectReader::ObjectReader(const Value& value, std::string what) : object_(value.if_object()), what_(std::move(what)) {
  if (object_ == nullptr) error_ = refused_error(what_ + " is not a JSON object");
}

void ObjectReader::fail(std::string_view key, std::string_view problem) {
  if (ok()) error_ = refused_error(what_ + ": \"" + std::string(key) + "\": " + std::string(problem));
}

bool ObjectReader::has(std::string_view key) const {
  return object_ != nullptr && object_->if_contains({key.data(), key.size()}) != nullptr;
}

const Value* ObjectReader::find(std::string_view key) {
  if (!ok()) return nullptr;
  const Value* value = object_->if_contains({key.data(), key.size()});
  if (value == nullptr) {
    fail(key, "missing");
  } else {
    ++read_;
  }
  return value;
}

std::string_view ObjectReader::string_view(std::string_view key, std::size_t max_bytes) {
  const Value* value = find(key);
  if (value == nullptr) return {};
  const auto* text = value->if_string();
  if (text == nullptr) return fail(key, "not a string"), std::string_view{};
  if (text->size() > max_bytes)
    return fail(key, "longer than " + std::to_string(max_bytes) + " bytes"), std::string_view{};
  return {text->data(), text->size()};
}

std::string ObjectReader::string(std::string_view key, std::size_t max_bytes) {
  return std::string(string_view(key, max_bytes));
}

std::int64_t ObjectReader::integer(std::string_view key, std::int64_t least, std::int64_t most) {
  const Value* value = find(key);
  if (value == nullptr) return least;
  const auto* number = value->if_int64();
  if (number == nullptr) return fail(key, "not a whole number in range"), least;
  if (*number < least || *number > most) {
    return fail(key, "not between " + std::to_string(least) + " and " + std::to_string(most)), least;
  }
  return *number;
}

bool ObjectReader::boolean(std::string_view key) {
  const Value* value = find(key);
  if (value == nullptr) return false;
  const bool* flag = value->if_bool();
  if (flag == nullptr) return fail(key, "not true or false"), false;
  return *flag;
}

Bytes ObjectReader::bytes(std::string_view key, std::size_t max_bytes, Base64 alphabet) {
  const std::string_view text = string_view(key, max_bytes / 3 * 4 + 4);
  if (!ok()) return {};
  auto bytes = parse_base64(text, alphabet);
  if (!bytes) return fail(key, bytes.error().message), Bytes{};
  if (bytes->size() > max_bytes) return fail(key, "too long"), Bytes{};
  return std::move(*bytes);
}

SecretBytes ObjectReader::secret_base64(std::string_view key, std::size_t max_bytes) {
  const std::string_view text = string_view(key, max_bytes / 3 * 4 + 4);
  if (!ok()) return {};
  auto secret = parse_secret_base64(text);
  if (!secret) return fail(key, secret.error().message), SecretBytes{};
  if (secret->size() > max_bytes) return fail(key, "too long"), SecretBytes{};
  return std::move(*secret);
}

const Array& ObjectReader::array(std::string_view key, std::size_t max_items) {
  static const Array none;
  const Value* value = find(key);
  if (value == nullptr) return none;
  const auto* items = value->if_array();
  if (items == nullptr) return fail(key, "not an array"), none;
  if (items->size() > max_items) return fail(key, "more than " + std::to_string(max_items) + " items"), none;
  return *items;
}

const Value& ObjectReader::value(std::string_view key) {
  static const Value null;
  const Value* value = find(key);
  return value == nullptr ? null : *value;
}

Result<void> ObjectReader::finish_ignoring_others() {
  if (!ok()) return *error_;
  return {};
}

Result<void> ObjectReader::finish() {
  COTERIE_CHECK(finish_ignoring_others());
  if (read_ != object_->size()) return refused_error(what_ + " has fields that do not belong there");
  return {};
}

}  // namespace coterie::json
