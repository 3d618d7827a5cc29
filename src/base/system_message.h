// What the system says of an errno.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace coterie {

// std::strerror without its buffer, which some C libraries share among threads.
inline std::string system_message(int number) {
  return std::generic_category().message(number);
}

// What helps when the system itself has no more of something; nullptr for any other errno.
inline const char* resource_hint(int number) {
  switch (number) {
    case EMFILE:
      return "raise the limit on open files, for instance by `ulimit -n 1024`, then run the same command again";
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
      return "close other programs, then run the same command again";
    default:
      return nullptr;
  }
}

}  // namespace coterie
