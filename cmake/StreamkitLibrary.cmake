# streamkit_add_library(ROOM
#   HEADERS <public headers below include/>
#   SOURCES <files beside the CMakeLists.txt that calls>
#   ROOMS <rooms that its public headers use>
#   LIBRARIES <third-party targets, private>)
# adds one room: target streamkit_ROOM, alias streamkit::ROOM, header set, warnings, and an
# installed package component of the same name. The alias is the only name that others link.
function(streamkit_add_library room)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;SOURCES;ROOMS;LIBRARIES")
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
  target_link_libraries(${target} PRIVATE ${arg_LIBRARIES})
  streamkit_set_warnings(${target})

  set_property(GLOBAL APPEND PROPERTY STREAMKIT_ROOMS ${room})
  set_property(GLOBAL PROPERTY STREAMKIT_ROOMS_OF_${room} "${arg_ROOMS}")
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
endfunction()

# An executable of adapters/, examples/, tests/ or benchmarks/.
function(streamkit_add_executable target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE ${arg_LIBRARIES})
  streamkit_set_warnings(${target})
endfunction()

# The package files: find_package(streamkit COMPONENTS core hls media) and pkg-config streamkit.
function(streamkit_install_package)
  include(CMakePackageConfigHelpers)
  get_property(STREAMKIT_ROOMS GLOBAL PROPERTY STREAMKIT_ROOMS)
  set(STREAMKIT_ROOM_DEPENDENCIES "")
  set(STREAMKIT_PC_LIBS "")
  foreach(room IN LISTS STREAMKIT_ROOMS)
    get_property(rooms GLOBAL PROPERTY STREAMKIT_ROOMS_OF_${room})
    string(APPEND STREAMKIT_ROOM_DEPENDENCIES "set(_streamkit_rooms_of_${room} ${rooms})\n")
    string(PREPEND STREAMKIT_PC_LIBS "-lstreamkit_${room} ")
  endforeach()

  set(STREAMKIT_PC_REQUIRES "")
  if(STREAMKIT_WITH_MEDIA)
    string(APPEND STREAMKIT_PC_REQUIRES
           "libavdevice libavfilter libavformat libavcodec libswscale libswresample libavutil ")
  endif()
  if(STREAMKIT_WITH_LOCAL)
    string(APPEND STREAMKIT_PC_REQUIRES "sqlite3 ")
  endif()
  if(STREAMKIT_WITH_NET)
    string(APPEND STREAMKIT_PC_REQUIRES "libcurl libcrypto ")
  endif()

  set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/streamkit)
  configure_package_config_file(
    ${PROJECT_SOURCE_DIR}/cmake/streamkitConfig.cmake.in
    ${PROJECT_BINARY_DIR}/streamkitConfig.cmake INSTALL_DESTINATION ${package_dir})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/streamkitConfigVersion.cmake
                                   COMPATIBILITY SameMinorVersion)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/streamkit.pc.in ${PROJECT_BINARY_DIR}/streamkit.pc
                 @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/streamkitConfig.cmake
                ${PROJECT_BINARY_DIR}/streamkitConfigVersion.cmake
          DESTINATION ${package_dir} COMPONENT core)
  install(FILES ${PROJECT_BINARY_DIR}/streamkit.pc
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT core)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT core)
endfunction()
