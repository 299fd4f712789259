# Until 1.0 a minor version may break what was compiled for the one before.
set(streamkit_soversion ${PROJECT_VERSION_MAJOR})
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(streamkit_soversion 0.${PROJECT_VERSION_MINOR})
endif()
set(streamkit_version_script ${CMAKE_CURRENT_LIST_DIR}/exports.map)

# Installed programs and libraries find each other from their own places, wherever those are.
file(RELATIVE_PATH streamkit_bin_to_lib ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
set(streamkit_program_rpath $ORIGIN/${streamkit_bin_to_lib} ${CMAKE_INSTALL_RPATH})
set(streamkit_library_rpath $ORIGIN ${CMAKE_INSTALL_RPATH})

# streamkit_add_library(ROOM
#   HEADERS <public headers below include/streamkit/ROOM/>
#   MOVED_HEADERS <headers below include/streamkit/ that forward from where they were before>
#   SOURCES <files beside the CMakeLists.txt that calls>
#   ROOMS <rooms that its public headers use>
#   PACKAGES <pkg-config modules, private; a static room's user links them too>
#   MODULES <names X of cmake/FindX.cmake, which creates target X::X and sets X_LINK_FLAG and, for
#            libraries to install next to the room's, X_RUNTIME_DIR and X_RUNTIME_PATTERN; private; as
#            PACKAGES for what has no pkg-config module>
#   LIBRARIES <targets needed to build only, such as header-only libraries, private>)
# adds one room: target streamkit_ROOM, alias streamkit::ROOM, header set, warnings, and an
# installed package component of the same name. The alias is the only name that others link.
# Only what is marked STREAMKIT_API is visible outside a shared room. Static and shared rooms are
# compiled alike, so that a compiler cache serves both.
# Call it after the rooms that ROOMS names.
function(streamkit_add_library room)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;MOVED_HEADERS;SOURCES;ROOMS;PACKAGES;MODULES;LIBRARIES")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "streamkit_add_library(${room}): unknown ${arg_UNPARSED_ARGUMENTS}")
  endif()

  set(target streamkit_${room})
  set(include_dir ${PROJECT_SOURCE_DIR}/include)
  list(TRANSFORM arg_HEADERS PREPEND ${include_dir}/streamkit/${room}/)
  list(TRANSFORM arg_MOVED_HEADERS PREPEND ${include_dir}/streamkit/)

  add_library(${target} ${arg_SOURCES})
  add_library(streamkit::${room} ALIAS ${target})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${include_dir} FILES ${arg_HEADERS}
                                                                                ${arg_MOVED_HEADERS})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  set_target_properties(
    ${target} PROPERTIES
    EXPORT_NAME ${room}
    VERSION ${PROJECT_VERSION}
    SOVERSION ${streamkit_soversion}
    DEFINE_SYMBOL ""
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    INSTALL_RPATH "${streamkit_library_rpath}")
  if(BUILD_SHARED_LIBS)
    # Templates of other libraries that a room instantiates stay inside, too.
    target_link_options(${target} PRIVATE LINKER:--version-script=${streamkit_version_script})
    if(NOT STREAMKIT_SANITIZE)  # clang leaves its runtime to the program
      target_link_options(${target} PRIVATE LINKER:--no-undefined)
    endif()
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${streamkit_version_script})
  endif()
  foreach(other IN LISTS arg_ROOMS)
    target_link_libraries(${target} PUBLIC streamkit::${other})
  endforeach()
  if(arg_PACKAGES)
    find_package(PkgConfig REQUIRED)
    # streamkitConfig.cmake makes a target of this same name for the users of a static room.
    pkg_check_modules(streamkit_${room}_packages REQUIRED QUIET IMPORTED_TARGET ${arg_PACKAGES})
    target_link_libraries(${target} PRIVATE PkgConfig::streamkit_${room}_packages)
  endif()
  set(module_flags "")
  foreach(module IN LISTS arg_MODULES)
    find_package(${module} MODULE REQUIRED)
    target_link_libraries(${target} PRIVATE ${module}::${module})
    list(APPEND module_flags ${${module}_LINK_FLAG})
    if(${module}_RUNTIME_DIR)
      list(PREPEND module_flags -Wl,-rpath,\${libdir})  # as it is installed next to the room
    endif()
    if(STREAMKIT_INSTALL)
      streamkit_install_module(${module} ${room})
    endif()
  endforeach()
  foreach(library IN LISTS arg_LIBRARIES)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:${library}>)
  endforeach()
  streamkit_set_warnings(${target})

  set_property(GLOBAL APPEND PROPERTY STREAMKIT_ROOMS ${room})
  set_property(GLOBAL PROPERTY STREAMKIT_ROOMS_OF_${room} "${arg_ROOMS}")
  set_property(GLOBAL PROPERTY STREAMKIT_PACKAGES_OF_${room} "${arg_PACKAGES}")
  set_property(GLOBAL PROPERTY STREAMKIT_MODULES_OF_${room} "${arg_MODULES}")
  set_property(GLOBAL PROPERTY STREAMKIT_MODULE_FLAGS_OF_${room} "${module_flags}")
  set_property(GLOBAL PROPERTY STREAMKIT_HEADERS_OF_${room} "${arg_HEADERS}")

  if(STREAMKIT_INSTALL)
    install(
      TARGETS ${target} EXPORT streamkit-${room}
      ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${room}
      LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${room}
      FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT ${room})
    install(EXPORT streamkit-${room} NAMESPACE streamkit:: COMPONENT ${room}
            DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/streamkit)
  endif()
endfunction()

# What the users of a static room need to find `module`, and the libraries that it hands on.
function(streamkit_install_module module room)
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/Find${module}.cmake COMPONENT ${room}
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/streamkit)
  if(${module}_RUNTIME_DIR)
    install(DIRECTORY ${${module}_RUNTIME_DIR}/ DESTINATION ${CMAKE_INSTALL_LIBDIR}
            COMPONENT ${room} FILES_MATCHING PATTERN ${${module}_RUNTIME_PATTERN})
  endif()
  if(${module}_LICENSE_FILE)
    install(FILES ${${module}_LICENSE_FILE} COMPONENT ${room}
            DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME LICENSE.${module})
  endif()
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
  set_target_properties(${target} PROPERTIES INSTALL_RPATH "${streamkit_program_rpath}")
  streamkit_set_warnings(${target})
endfunction()

# streamkit_install_tool([TARGET program] [FILES files] [DIRECTORY folder] [DESTINATION folder])
# installs a program of adapters/ or examples/, or files that programs read at run time below
# share/streamkit/DESTINATION, as the component "tools".
function(streamkit_install_tool)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;DIRECTORY;DESTINATION" "FILES")
  if(NOT STREAMKIT_INSTALL)
    return()
  endif()
  set(data_dir ${CMAKE_INSTALL_DATADIR}/streamkit/${arg_DESTINATION})
  if(arg_TARGET)
    install(TARGETS ${arg_TARGET} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tools)
  endif()
  if(arg_FILES)
    install(FILES ${arg_FILES} DESTINATION ${data_dir} COMPONENT tools)
  endif()
  if(arg_DIRECTORY)
    install(DIRECTORY ${arg_DIRECTORY} DESTINATION ${data_dir} COMPONENT tools)
  endif()
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
    get_property(module_flags GLOBAL PROPERTY STREAMKIT_MODULE_FLAGS_OF_${room})
    string(APPEND STREAMKIT_ROOM_DEPENDENCIES "set(_streamkit_rooms_of_${room} ${rooms})\n")
    get_target_property(type streamkit_${room} TYPE)
    if(type STREQUAL STATIC_LIBRARY)
      string(APPEND STREAMKIT_ROOM_DEPENDENCIES
             "set(_streamkit_packages_of_${room} ${packages})\n"
             "set(_streamkit_modules_of_${room} ${modules})\n")
    endif()
    if(room STREQUAL core)
      list(APPEND module_flags -pthread)
    endif()
    streamkit_install_pkgconfig(
      streamkit-${room} COMPONENT ${room} TYPE ${type} LIBS -lstreamkit_${room} ROOMS ${rooms}
      PACKAGES ${packages} FLAGS ${module_flags})
  endforeach()
  set(modules ${STREAMKIT_ROOMS})
  list(REVERSE modules)  # a static library goes before those it uses
  streamkit_install_pkgconfig(streamkit COMPONENT core ROOMS ${modules})

  set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/streamkit)
  configure_package_config_file(
    ${PROJECT_SOURCE_DIR}/cmake/streamkitConfig.cmake.in
    ${PROJECT_BINARY_DIR}/streamkitConfig.cmake INSTALL_DESTINATION ${package_dir}
    PATH_VARS CMAKE_INSTALL_LIBDIR)
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/streamkitConfigVersion.cmake
                                   COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/streamkitConfig.cmake
                ${PROJECT_BINARY_DIR}/streamkitConfigVersion.cmake
          DESTINATION ${package_dir} COMPONENT core)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT core)
endfunction()

# streamkit_install_pkgconfig(NAME COMPONENT component [TYPE type] [LIBS flags] [ROOMS rooms]
#                             [PACKAGES pkg-config modules] [FLAGS linker flags])
# installs NAME.pc. It finds its prefix from its own place, so that `cmake --install --prefix` and
# moved folders work. PACKAGES and FLAGS are what the room itself links: private where it is shared;
# a static room leaves them to whoever links it. Those are not in Requires.private either, because
# `pkg-config --static` would ask for static libraries of everything below them as well.
function(streamkit_install_pkgconfig name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "COMPONENT;TYPE" "LIBS;ROOMS;PACKAGES;FLAGS")
  file(RELATIVE_PATH up_to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
  string(REGEX REPLACE "/$" "" up_to_prefix "${up_to_prefix}")
  list(TRANSFORM arg_ROOMS PREPEND streamkit-)
  list(TRANSFORM arg_PACKAGES REPLACE "([<>=]+)" " \\1 ")  # as a .pc file spells a version
  set(requires ${arg_ROOMS})
  set(requires_private "")
  set(libs ${arg_LIBS})
  set(libs_private "")
  if(arg_TYPE STREQUAL SHARED_LIBRARY)
    set(requires_private ${arg_PACKAGES})
    set(libs_private ${arg_FLAGS})
  else()
    list(APPEND requires ${arg_PACKAGES})
    # pkg-config merges libraries that are named twice only where nothing else stands between them.
    set(first ${arg_FLAGS})
    list(FILTER first INCLUDE REGEX "^-Wl")
    list(FILTER arg_FLAGS EXCLUDE REGEX "^-Wl")
    set(libs ${first} ${libs} ${arg_FLAGS})
  endif()
  list(JOIN requires ", " requires)
  list(JOIN requires_private ", " requires_private)
  list(JOIN libs " " libs)
  list(JOIN libs_private " " libs_private)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/streamkit.pc.in ${PROJECT_BINARY_DIR}/${name}.pc
                 @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc COMPONENT ${arg_COMPONENT}
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()
