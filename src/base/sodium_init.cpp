#include "base/sodium_init.h"

#include <sodium.h>

#include <cstdio>
#include <cstdlib>

namespace coterie {

void initialize_sodium() {
  static const int status = sodium_init();
  if (status < 0) {
    constexpr const char* kWords = "coterie: error: libsodium could not start: no secure randomness on this system\n";
    static_cast<void>(std::fputs(kWords, stderr));
    std::abort();
  }
}

}  // namespace coterie
