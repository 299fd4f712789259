# Runs PROGRAM and SCALAR, through EMULATOR where there is one, and compares what they print. Skips
# what is built for a PROCESSOR that this machine is not.
execute_process(COMMAND ${EMULATOR} ${SCALAR} ${PROCESSOR} RESULT_VARIABLE unable)
if(unable)
  message(STATUS "skipped: this machine has no ${PROCESSOR}")
  return()
endif()
foreach(side IN ITEMS SCALAR PROGRAM)
  execute_process(COMMAND ${EMULATOR} ${${side}} OUTPUT_VARIABLE ${side}_prints
                  RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${${side}} failed: ${failed}")
  endif()
endforeach()
if(NOT SCALAR_prints STREQUAL PROGRAM_prints OR SCALAR_prints STREQUAL "")
  message(FATAL_ERROR "scalar code prints\n${SCALAR_prints}\n${PROCESSOR} prints\n${PROGRAM_prints}")
endif()
