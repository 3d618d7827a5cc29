# libcoterie, the library as others use it, and its package: `cmake --install DIR` gives the program, the library, its
# headers, find_package(coterie) with the target coterie::coterie, and a file for pkg-config.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# Shared, so that whoever uses it needs none of the libraries inside; cmake/coterie.map keeps those out of sight.
# Whole modules where a public name may be used by nobody inside.
set(whole library session account base)
list(TRANSFORM whole REPLACE "(.+)" "$<TARGET_OBJECTS:coterie_\\1>")
add_library(coterie_shared SHARED ${whole})
set_target_properties(coterie_shared PROPERTIES OUTPUT_NAME coterie EXPORT_NAME coterie LINKER_LANGUAGE CXX
                      VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
                      LINK_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/coterie.map)
target_link_libraries(coterie_shared PRIVATE coterie_library)
target_link_options(coterie_shared PRIVATE -Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/coterie.map)
target_include_directories(coterie_shared INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(coterie_shared INTERFACE cxx_std_20)

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/coterie)
install(TARGETS coterie_shared EXPORT coterie)
install(DIRECTORY include/coterie TYPE INCLUDE)
install(EXPORT coterie FILE coterieConfig.cmake NAMESPACE coterie:: DESTINATION ${package_directory})
# Before 1.0 a new minor version may change the interface.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/coterieConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/coterieConfigVersion.cmake DESTINATION ${package_directory})
configure_file(cmake/coterie.pc.in coterie.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/coterie.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
