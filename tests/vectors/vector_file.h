// The file of the protocol's examples: where it is, and how it is laid out.
#pragma once

#include <string>

#include "base/json.h"

namespace coterie::vectors {

inline constexpr const char* kVectorFile = COTERIE_SOURCE_DIR "/tests/vectors/protocol.json";

std::string read_vector_file();                    // empty when there is none
std::string lay_out(const json::Value& document);  // a line for each value, so that a change shows where it is

}  // namespace coterie::vectors
