# streamkit_add_library(ROOM
#   HEADERS <public headers below include/>
#   SOURCES <files beside the CMakeLists.txt that calls>
#   ROOMS <rooms that its public headers use>
#   PACKAGES <pkg-config modules, private; a static room's user links them too>
#   MODULES <names X of cmake/FindX.cmake, which makes target X::X and sets X_LIBRARY, private; as
#            PACKAGES for what has no pkg-config module>
#   LIBRARIES <targets needed to build only, such as header-only libraries, private>)
# adds one room: target streamkit_ROOM, alias streamkit::ROOM, header set, warnings, and an
# installed package component of the same name. The alias is the only name that others link.
# Call it after the rooms that ROOMS names.
function(streamkit_add_library room)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;SOURCES;ROOMS;PACKAGES;MODULES;LIBRARIES")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "streamkit_add_library(${room}): unknown ${arg_UNPARSED_ARGUMENTS}")
  endif()

  set(target streamkit_${room})
  set(include_dir ${PROJECT_SOURCE_DIR}/include)
  list(TRANSFORM arg_HEADERS PREPEND ${include_dir}/streamkit/${room}/)

  add_library(${target} ${arg_SOURCES})
  add_library(streamkit::${room} ALIAS ${target})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${include_dir} FILES ${arg_HEADERS})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${room} VERSION ${PROJECT_VERSION}
                                             SOVERSION ${PROJECT_VERSION_MAJOR})
  foreach(other IN LISTS arg_ROOMS)
    target_link_libraries(${target} PUBLIC streamkit::${other})
  endforeach()
  if(arg_PACKAGES)
    find_package(PkgConfig REQUIRED)
    # streamkitConfig.cmake makes a target of this same name for the users of a static room.
    pkg_check_modules(streamkit_${room}_packages REQUIRED QUIET IMPORTED_TARGET ${arg_PACKAGES})
    target_link_libraries(${target} PRIVATE PkgConfig::streamkit_${room}_packages)
  endif()
  set(module_libraries "")
  foreach(module IN LISTS arg_MODULES)
    find_package(${module} MODULE REQUIRED)
    target_link_libraries(${target} PRIVATE ${module}::${module})
    list(APPEND module_libraries ${${module}_LIBRARY})
    # For the users of a static room, too.
    install(FILES ${PROJECT_SOURCE_DIR}/cmake/Find${module}.cmake COMPONENT ${room}
            DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/streamkit)
  endforeach()
  foreach(library IN LISTS arg_LIBRARIES)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:${library}>)
  endforeach()
  streamkit_set_warnings(${target})

  set_property(GLOBAL APPEND PROPERTY STREAMKIT_ROOMS ${room})
  set_property(GLOBAL PROPERTY STREAMKIT_ROOMS_OF_${room} "${arg_ROOMS}")
  set_property(GLOBAL PROPERTY STREAMKIT_PACKAGES_OF_${room} "${arg_PACKAGES}")
  set_property(GLOBAL PROPERTY STREAMKIT_MODULES_OF_${room} "${arg_MODULES}")
  set_property(GLOBAL PROPERTY STREAMKIT_MODULE_LIBRARIES_OF_${room} "${module_libraries}")
  set_property(GLOBAL PROPERTY STREAMKIT_HEADERS_OF_${room} "${arg_HEADERS}")

  install(
    TARGETS ${target} EXPORT streamkit-${room}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${room}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${room}
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT ${room})
  install(EXPORT streamkit-${room} NAMESPACE streamkit:: COMPONENT ${room}
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/streamkit)
endfunction()

# Warnings for our own code; errors only where this project is the top level.
function(streamkit_set_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                                           -Woverloaded-virtual -Wimplicit-fallthrough)
  if(PROJECT_IS_TOP_LEVEL)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # g++ 12 at -O3 sees an overlap in "text" + std::string. Source: GCC bug 105651.
    target_compile_options(${target} PRIVATE -Wno-restrict)
  endif()
  if(STREAMKIT_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 sees uninitialized variants wherever the sanitizers instrument them.
    target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
  endif()
endfunction()

# An executable of adapters/, examples/, tests/ or benchmarks/.
function(streamkit_add_executable target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE ${arg_LIBRARIES})
  streamkit_set_warnings(${target})
endfunction()

# The package files: find_package(streamkit COMPONENTS core hls media), and for pkg-config one
# module per room (streamkit-core) and one for all that were built (streamkit).
function(streamkit_install_package)
  include(CMakePackageConfigHelpers)
  get_property(STREAMKIT_ROOMS GLOBAL PROPERTY STREAMKIT_ROOMS)
  set(STREAMKIT_ROOM_DEPENDENCIES "")
  foreach(room IN LISTS STREAMKIT_ROOMS)
    get_property(rooms GLOBAL PROPERTY STREAMKIT_ROOMS_OF_${room})
    get_property(packages GLOBAL PROPERTY STREAMKIT_PACKAGES_OF_${room})
    get_property(modules GLOBAL PROPERTY STREAMKIT_MODULES_OF_${room})
    get_property(module_libraries GLOBAL PROPERTY STREAMKIT_MODULE_LIBRARIES_OF_${room})
    string(APPEND STREAMKIT_ROOM_DEPENDENCIES "set(_streamkit_rooms_of_${room} ${rooms})\n")
    list(TRANSFORM rooms PREPEND streamkit-)

    # A shared room brings its own libraries; a static one leaves them to the user's link.
    set(libs -lstreamkit_${room})
    get_target_property(type streamkit_${room} TYPE)
    if(type STREQUAL STATIC_LIBRARY)
      string(APPEND STREAMKIT_ROOM_DEPENDENCIES
             "set(_streamkit_packages_of_${room} ${packages})\n"
             "set(_streamkit_modules_of_${room} ${modules})\n")
      list(TRANSFORM packages REPLACE "([<>=]+)" " \\1 ")  # as a .pc file spells a version
      list(APPEND rooms ${packages})
      foreach(library IN LISTS module_libraries)
        get_filename_component(folder ${library} DIRECTORY)
        get_filename_component(name ${library} NAME)
        string(APPEND libs " -L${folder} -Wl,-rpath,${folder} -l:${name}")
      endforeach()
    endif()
    streamkit_install_pkgconfig(streamkit-${room} ${room} "${rooms}" "${libs}")
  endforeach()
  list(TRANSFORM STREAMKIT_ROOMS PREPEND streamkit- OUTPUT_VARIABLE modules)
  list(REVERSE modules)  # a static library goes before those it uses
  streamkit_install_pkgconfig(streamkit core "${modules}" "")

  set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/streamkit)
  configure_package_config_file(
    ${PROJECT_SOURCE_DIR}/cmake/streamkitConfig.cmake.in
    ${PROJECT_BINARY_DIR}/streamkitConfig.cmake INSTALL_DESTINATION ${package_dir})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/streamkitConfigVersion.cmake
                                   COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/streamkitConfig.cmake
                ${PROJECT_BINARY_DIR}/streamkitConfigVersion.cmake
          DESTINATION ${package_dir} COMPONENT core)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT core)
endfunction()

# One NAME.pc, installed with `component`. It finds its prefix from its own place, so that
# `cmake --install --prefix` and moved folders work.
function(streamkit_install_pkgconfig name component requires libs)
  set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  file(RELATIVE_PATH up_to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
  string(REGEX REPLACE "/$" "" up_to_prefix "${up_to_prefix}")
  list(JOIN requires " " requires)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/streamkit.pc.in ${PROJECT_BINARY_DIR}/${name}.pc
                 @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${pc_dir} COMPONENT ${component})
endfunction()
