# ONNX Runtime as the target Onnxruntime::Onnxruntime: from ONNXRUNTIME_ROOT (a variable of CMake or
# of the environment: a folder with include/ and lib/, as its releases unpack to), else from
# Onnxruntime_INSTALLED_DIR (where the package streamkit has put it), else from an installed package,
# find_package(onnxruntime). Nothing else is searched.
#
# Onnxruntime_LINK_FLAG says how a link line names it. From ONNXRUNTIME_ROOT it is to be installed
# with what uses it: files like Onnxruntime_RUNTIME_PATTERN in Onnxruntime_RUNTIME_DIR.
set(Onnxruntime_LINK_FLAG -lonnxruntime)
set(Onnxruntime_RUNTIME_DIR "")
set(Onnxruntime_RUNTIME_PATTERN "libonnxruntime*.so*")
set(Onnxruntime_LICENSE_FILE "")
if(NOT ONNXRUNTIME_ROOT AND DEFINED ENV{ONNXRUNTIME_ROOT})
  set(ONNXRUNTIME_ROOT $ENV{ONNXRUNTIME_ROOT})
endif()

if(ONNXRUNTIME_ROOT)
  # A relative path means this build's folder, however deep it is looked up from.
  get_filename_component(_onnxruntime_root ${ONNXRUNTIME_ROOT} ABSOLUTE BASE_DIR ${CMAKE_SOURCE_DIR})
  find_path(Onnxruntime_INCLUDE_DIR onnxruntime_c_api.h
            PATHS ${_onnxruntime_root} NO_DEFAULT_PATH NO_CACHE
            PATH_SUFFIXES include include/onnxruntime include/onnxruntime/core/session)
  find_library(Onnxruntime_LIBRARY onnxruntime
               PATHS ${_onnxruntime_root} NO_DEFAULT_PATH NO_CACHE PATH_SUFFIXES lib lib64)
  set(_onnxruntime_reason
      "ONNXRUNTIME_ROOT is '${_onnxruntime_root}', where include/onnxruntime_c_api.h or lib/libonnxruntime is missing")
  if(Onnxruntime_INCLUDE_DIR AND Onnxruntime_LIBRARY AND NOT TARGET Onnxruntime::Onnxruntime)
    add_library(Onnxruntime::Onnxruntime UNKNOWN IMPORTED)
    set_target_properties(Onnxruntime::Onnxruntime PROPERTIES
      IMPORTED_LOCATION ${Onnxruntime_LIBRARY}
      INTERFACE_INCLUDE_DIRECTORIES ${Onnxruntime_INCLUDE_DIR})
  endif()
  if(TARGET Onnxruntime::Onnxruntime)
    get_filename_component(Onnxruntime_RUNTIME_DIR ${Onnxruntime_LIBRARY} DIRECTORY)
    if(EXISTS ${_onnxruntime_root}/LICENSE)
      set(Onnxruntime_LICENSE_FILE ${_onnxruntime_root}/LICENSE)
    endif()
  endif()
elseif(Onnxruntime_INSTALLED_DIR AND EXISTS ${Onnxruntime_INSTALLED_DIR}/libonnxruntime.so)
  if(NOT TARGET Onnxruntime::Onnxruntime)
    add_library(Onnxruntime::Onnxruntime SHARED IMPORTED)
    set_target_properties(Onnxruntime::Onnxruntime PROPERTIES
      IMPORTED_LOCATION ${Onnxruntime_INSTALLED_DIR}/libonnxruntime.so)
  endif()
else()
  find_package(onnxruntime CONFIG QUIET)
  set(_onnxruntime_reason
      "set ONNXRUNTIME_ROOT to the folder that holds its include/ and lib/ (scripts/onnxruntime.sh makes one), or install it where find_package(onnxruntime) looks, such as CMAKE_PREFIX_PATH")
  if(TARGET onnxruntime::onnxruntime AND NOT TARGET Onnxruntime::Onnxruntime)
    add_library(Onnxruntime::Onnxruntime INTERFACE IMPORTED)
    target_link_libraries(Onnxruntime::Onnxruntime INTERFACE onnxruntime::onnxruntime)
    get_target_property(Onnxruntime_LIBRARY onnxruntime::onnxruntime LOCATION)
  endif()
endif()

set(Onnxruntime_FOUND FALSE)
if(TARGET Onnxruntime::Onnxruntime)
  set(Onnxruntime_FOUND TRUE)
else()
  set(Onnxruntime_NOT_FOUND_MESSAGE "ONNX Runtime was not found: ${_onnxruntime_reason}")
  if(Onnxruntime_FIND_REQUIRED)
    message(FATAL_ERROR "${Onnxruntime_NOT_FOUND_MESSAGE}")
  endif()
endif()
