#include "ceremony/ending.h"

namespace coterie::ceremony {

const char* to_string(EndCause cause) {
  switch (cause) {
    case EndCause::declined:
      return "declined";
    case EndCause::abandoned:
      return "abandoned";
    case EndCause::refused:
      return "refused";
  }
  return "";
}

}  // namespace coterie::ceremony
