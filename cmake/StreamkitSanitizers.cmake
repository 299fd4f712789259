# STREAMKIT_SANITIZE=address,undefined or =thread: for every target of this project.
set(STREAMKIT_SANITIZE "" CACHE STRING "Sanitizers for the whole build, as in -fsanitize=")
if(STREAMKIT_SANITIZE)
  add_compile_options(-fsanitize=${STREAMKIT_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${STREAMKIT_SANITIZE})
endif()

# The fuzzers are guided by what the libraries do, so those are instrumented too.
if(STREAMKIT_WITH_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
