# Language level, warnings, hardening, sanitizers: the same for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden) # include/coterie/export.h marks what libcoterie shows
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug or Release" FORCE)
endif()
option(COTERIE_TESTS "Build the tests, too (needs what scripts/install-dependencies.sh tests installs)" OFF)
option(COTERIE_FUZZ "Build the fuzz targets for libFuzzer (needs clang; docs/fuzzing.md), and no other tests" OFF)
option(COTERIE_FAILPOINTS "Let crash drills end the program anywhere (tests/crash/): for tests only" OFF)
set(COTERIE_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=")

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_compile_options(
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual -Wformat=2
  -Wimplicit-fallthrough -Wundef -Wredundant-decls -Wvla)
add_compile_options(-fstack-protector-strong -fcf-protection)
add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)
# -O2: nothing here gains from -O3, which takes longer to compile. asserts stay: invariants are checked in every build.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -D_FORTIFY_SOURCE=2")
# GCC 12 reports overlaps and writes out of bounds that are not there in inlined std::string (GCC bug 105651), vector
# and fmt once it optimizes; the unoptimized builds of the sanitizers keep these warnings.
string(APPEND CMAKE_CXX_FLAGS_RELEASE " -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread")

if(CMAKE_CXX_COMPILER_ID STREQUAL Clang) # only the fuzz targets are built by it
  add_compile_options(-fsized-deallocation) # C++14 has it; this compiler leaves it out unless told
endif()
if(COTERIE_FAILPOINTS)
  add_compile_definitions(COTERIE_FAILPOINTS)
endif()
if(COTERIE_SANITIZE)
  add_compile_options(-fsanitize=${COTERIE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${COTERIE_SANITIZE})
  if(COTERIE_SANITIZE MATCHES thread)
    add_compile_options(-Wno-tsan) # Asio's fences: ThreadSanitizer does not model them; Asio's locks order the same accesses
  endif()
endif()
