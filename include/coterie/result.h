// Result and Error: how everything that the world may refuse comes back. Exceptions are for bugs and out of memory
// only.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "coterie/export.h"

namespace coterie {

// What the caller can do about an error. The command line maps each kind to one exit code.
enum class ErrorKind {
  environment,  // port, disk, network, operating system: the same call may succeed later. Exit 1.
  usage,        // wrong call, seen before any packet was sent; by join_multisig also when a code or a local name was
                // needed and not given: nothing was signed or declined. Exit 2.
  declined,     // a signer declined, or the creator abandoned. Exit 3.
  timed_out,    // nobody came or answered in time, and nothing is stored here. Exit 4.
  refused,      // passphrase, vault, card, certificate, account or peer that does not verify. Exit 5.
  pending,      // stored here, not complete: resume_multisig finishes it. Exit 6.
  interrupted,  // stop was requested with nothing pending. Exit 130 or 143.
};

// The name of a kind as it stands in `--json` output, e.g. "timed_out".
COTERIE_EXPORT const char* to_string(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::environment;
  // What failed, for whom: "no receipt from bob within 30 s". Lower case, no final dot. Never a secret. Others' text in
  // it is escaped: it may be shown on a terminal.
  std::string message;
  std::string hint;  // the next thing to try; may be empty
  // A stable word of docs/troubleshooting.md, which stands in the message, too: "link-checks". Empty when there is
  // none.
  std::string code = {};
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

}  // namespace coterie
