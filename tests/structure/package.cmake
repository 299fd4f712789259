# What is installed, and what the libraries define and export.

# What a room defines must not clash with the application's own names; what a shared one exports is
# its binary interface. After a change that is meant:
#   cmake --preset shared && cmake --build build/shared --target streamkit_update_exports
if(BUILD_SHARED_LIBS)
  add_custom_target(streamkit_update_exports)
endif()
foreach(room IN LISTS rooms)
  add_structure_test(symbols.${room} ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/symbols.py
                     ${CMAKE_NM} $<TARGET_FILE:streamkit_${room}>)
  if(BUILD_SHARED_LIBS)
    set(exports ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/exports.py ${CMAKE_NM}
                ${CMAKE_CURRENT_SOURCE_DIR}/exports/${room}.txt $<TARGET_FILE:streamkit_${room}>)
    add_structure_test(exports.${room} ${exports})
    add_custom_target(streamkit_update_exports_of_${room} COMMAND ${exports} --update VERBATIM)
    add_dependencies(streamkit_update_exports streamkit_update_exports_of_${room})
  endif()
endforeach()

if(NOT STREAMKIT_INSTALL)
  return()
endif()
set(flags ${CMAKE_CXX_FLAGS})
if(STREAMKIT_SANITIZE)
  string(APPEND flags " -fsanitize=${STREAMKIT_SANITIZE}")
endif()
set(checks install build_paths components missing_component unknown_component moved pkg_config)
if(STREAMKIT_WITH_ADAPTERS)
  list(APPEND checks tools desktop_entry)
endif()
if(NOT BUILD_SHARED_LIBS)
  list(APPEND checks core_alone newer_standard options subproject)
  if(NOT STREAMKIT_SANITIZE)
    list(APPEND checks clang)
  endif()
  if(STREAMKIT_WITH_MEDIA)
    list(APPEND checks examples)
  endif()
  if(STREAMKIT_WITH_ONNX)
    list(APPEND checks missing_runtime)
  endif()
endif()
foreach(check IN LISTS checks)
  add_structure_test(package.${check}
    ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/package.py ${check}
    --build ${PROJECT_BINARY_DIR} --consumer ${PROJECT_SOURCE_DIR}/tests/consumer
    --work ${CMAKE_CURRENT_BINARY_DIR}/package --cmake ${CMAKE_COMMAND}
    --compiler ${CMAKE_CXX_COMPILER} "--launcher=${CMAKE_CXX_COMPILER_LAUNCHER}"
    "--flags=${flags}" --rooms ${rooms} --version ${PROJECT_VERSION})
  set_tests_properties(structure.package.${check} PROPERTIES FIXTURES_REQUIRED package
                       TIMEOUT 600)
endforeach()
if(STREAMKIT_WITH_MEDIA AND STREAMKIT_WITH_CLIENT AND STREAMKIT_WITH_SERVER)
  add_structure_test(package.embedding
    ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/embedding.py
    --page ${PROJECT_SOURCE_DIR}/docs/embedding.md
    --prefix ${CMAKE_CURRENT_BINARY_DIR}/package/prefix
    --work ${CMAKE_CURRENT_BINARY_DIR}/embedding --cmake ${CMAKE_COMMAND}
    --compiler ${CMAKE_CXX_COMPILER} "--launcher=${CMAKE_CXX_COMPILER_LAUNCHER}"
    "--flags=${flags}")
  set_tests_properties(structure.package.embedding PROPERTIES
                       FIXTURES_REQUIRED package TIMEOUT 600)
endif()
set_tests_properties(structure.package.install PROPERTIES
                     FIXTURES_REQUIRED "" FIXTURES_SETUP package)

# The same rooms once more as shared libraries, in a build folder of their own, with the
# tests above that concern them. The compiler's command lines are those of this build, so that a
# compiler cache that ignores the folder (CCACHE_NOHASHDIR, which scripts/test.sh sets) has nothing
# to compile.
if(NOT BUILD_SHARED_LIBS AND NOT STREAMKIT_SANITIZE AND NOT CMAKE_CROSSCOMPILING)
  set(shared_dir ${PROJECT_BINARY_DIR}/shared)
  set(shared_options "")
  get_cmake_property(options CACHE_VARIABLES)
  list(FILTER options INCLUDE REGEX "^STREAMKIT_WITH_|^CMAKE_CXX_FLAGS|^ONNXRUNTIME_ROOT$")
  list(FILTER options EXCLUDE REGEX "_(ADAPTERS|TESTS|BENCHMARKS|FUZZERS|WATCH_PAGE)$")
  list(APPEND options CMAKE_BUILD_TYPE CMAKE_CXX_COMPILER CMAKE_CXX_COMPILER_LAUNCHER)
  foreach(option IN LISTS options)
    list(APPEND shared_options "-D${option}=${${option}}")
  endforeach()
  add_structure_test(shared.configure
    ${CMAKE_COMMAND} -S ${PROJECT_SOURCE_DIR} -B ${shared_dir} -G ${CMAKE_GENERATOR}
    ${shared_options} -DBUILD_SHARED_LIBS=ON -DSTREAMKIT_WITH_ADAPTERS=OFF)
  add_structure_test(shared.build ${CMAKE_COMMAND} --build ${shared_dir} --parallel 2)
  add_structure_test(shared.tests ${CMAKE_CTEST_COMMAND} --test-dir ${shared_dir} --output-on-failure)
  set_tests_properties(structure.shared.configure PROPERTIES FIXTURES_SETUP shared_configured)
  set_tests_properties(structure.shared.build PROPERTIES FIXTURES_REQUIRED shared_configured
                       FIXTURES_SETUP shared_built PROCESSORS 2 TIMEOUT 2400)
  set_tests_properties(structure.shared.tests PROPERTIES FIXTURES_REQUIRED shared_built)
endif()
