// Witness: what an evil signer tells of itself: JSON lines on stdout, and all that it could read in a file, to be
// searched for what it must not have.
#pragma once

#include <fstream>
#include <iostream>
#include <string>
#include <string_view>

#include "base/json.h"

namespace coterie::drill {

class Witness {
 public:
  explicit Witness(const std::string& file) : readable_(file, std::ios::binary) {}

  void tell(json::Object event) { std::cout << json::serialize(std::move(event)) << std::endl; }
  void keep(std::string_view readable) { readable_ << readable << std::endl; }

 private:
  std::ofstream readable_;
};

}  // namespace coterie::drill
