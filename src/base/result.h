// Result and Error: how everything that the world may refuse comes back. Exceptions are for bugs and out of memory
// only.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace coterie {

// What the caller can do about an error; the command line maps each kind to one exit code (docs/reference.md).
enum class ErrorKind {
  environment,  // port, disk, network, operating system: the same call may succeed later. Exit 1.
  usage,        // wrong call, seen before any packet was sent. Exit 2.
  declined,     // a signer declined, or the creator abandoned. Exit 3.
  timed_out,    // nobody came or answered in time, and nothing is stored here. Exit 4.
  refused,      // passphrase, vault, card, certificate, account or peer that does not verify. Exit 5.
  pending,      // stored here, not complete: resume finishes it. Exit 6.
  interrupted,  // SIGINT or SIGTERM with nothing pending. Exit 130 or 143.
};

// The name of a kind as it stands in `--json` output, e.g. "timed_out".
const char* to_string(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::environment;
  std::string
      message;  // what failed, for whom: "no receipt from bob within 30 s". Lower case, no final dot. Never a secret.
  std::string hint;  // the next thing to try; may be empty
};

// A value, or the Error that kept it from being. Checked before use: reading the wrong side is a bug (asserted).
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit on purpose
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  T& value() {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  Error& error() {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }
  const Error& error() const {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  Error& error() {
    assert(!ok());
    return *error_;
  }
  const Error& error() const {
    assert(!ok());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

inline Error usage_error(std::string message, std::string hint = {}) {
  return {ErrorKind::usage, std::move(message), std::move(hint)};
}
inline Error refused_error(std::string message, std::string hint = {}) {
  return {ErrorKind::refused, std::move(message), std::move(hint)};
}
inline Error environment_error(std::string message, std::string hint = {}) {
  return {ErrorKind::environment, std::move(message), std::move(hint)};
}

// COTERIE_TRY(auto card, Card::parse(text)): declares `card`, or returns the error from the enclosing function.
// COTERIE_CHECK(store(card)): returns the error, if there is one.
#define COTERIE_CONCATENATE_(a, b) a##b
#define COTERIE_CONCATENATE(a, b) COTERIE_CONCATENATE_(a, b)
#define COTERIE_TRY_(result, declaration, ...)   \
  auto result = (__VA_ARGS__);                   \
  if (!result) return std::move(result).error(); \
  declaration = std::move(*result)
#define COTERIE_TRY(declaration, ...) COTERIE_TRY_(COTERIE_CONCATENATE(try_result_, __LINE__), declaration, __VA_ARGS__)
#define COTERIE_CHECK(...) \
  if (auto check_result = (__VA_ARGS__); !check_result) return std::move(check_result).error()

}  // namespace coterie
