#include "base/sodium_init.h"

#include <sodium.h>

#include <cstdio>
#include <cstdlib>

namespace coterie {

void initialize_sodium() {
  static const int status = sodium_init();
  if (status < 0) {
    std::fputs("coterie: error: libsodium could not start: no secure randomness on this system\n", stderr);
    std::abort();
  }
}

}  // namespace coterie
