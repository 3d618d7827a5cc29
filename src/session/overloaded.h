// Overloaded: several lambdas as one visitor of a variant.
#pragma once

namespace coterie::session {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;  // Clang 14 has none by itself

}  // namespace coterie::session
