// What the system says of an errno: std::strerror without its buffer, which some C libraries share among threads.
#pragma once

#include <string>
#include <system_error>

namespace coterie {

inline std::string system_message(int number) {
  return std::generic_category().message(number);
}

}  // namespace coterie
