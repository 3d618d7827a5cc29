// The version of this program; set by CMakeLists.txt for version.cpp.
#pragma once

namespace coterie::cli {

extern const char* const kVersion;

}  // namespace coterie::cli
