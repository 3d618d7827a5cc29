# Debian 12 packages as targets coterie_lib_<name>: the third-party column of the module table.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(spdlog REQUIRED)

pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(sqlite REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(openssl REQUIRED IMPORTED_TARGET openssl)
pkg_check_modules(nice REQUIRED IMPORTED_TARGET nice gio-2.0)
pkg_check_modules(usrsctp REQUIRED IMPORTED_TARGET usrsctp)
pkg_check_modules(qrencode REQUIRED IMPORTED_TARGET libqrencode)

function(coterie_library name)
  add_library(coterie_lib_${name} INTERFACE)
  target_link_libraries(coterie_lib_${name} INTERFACE ${ARGN})
endfunction()

coterie_library(sodium PkgConfig::sodium)
coterie_library(json Boost::json)
coterie_library(spdlog spdlog::spdlog)
coterie_library(openssl PkgConfig::openssl)
if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  # Its macros cast const away. GCC says nothing of what comes from a system header's macro, Clang does.
  target_compile_options(coterie_lib_openssl INTERFACE -Wno-cast-qual)
endif()
coterie_library(sqlite PkgConfig::sqlite)
coterie_library(nice PkgConfig::nice)
coterie_library(usrsctp PkgConfig::usrsctp)
coterie_library(asio Boost::headers Threads::Threads)
coterie_library(beast Boost::headers Threads::Threads)
coterie_library(cli11) # header only, in the compiler's own include path
coterie_library(qrencode PkgConfig::qrencode)
