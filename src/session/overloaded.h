// Overloaded: several lambdas as one visitor of a variant.
#pragma once

namespace coterie::session {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

}  // namespace coterie::session
