// What all that calls OpenSSL here shares.
#pragma once

#include <openssl/err.h>

#include <new>
#include <string>

namespace coterie {

// For calls that fail only without memory or randomness: both are fatal.
inline void must(bool done) {
  if (!done) throw std::bad_alloc();
}
template <class T>
T* must(T* object) {
  must(object != nullptr);
  return object;
}

// Of the error that came last in this thread. Its queue is shared by all connections here: ERR_clear_error() goes
// before every call whose outcome SSL_get_error() is asked about.
inline std::string openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "no reason given" : reason;
}

}  // namespace coterie
