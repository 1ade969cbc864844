# SPDX-License-Identifier: BSD-3-Clause
# Run at build time (cmake -P): writes version.c anew only when the git id changed.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=9 OUTPUT_VARIABLE AIRBATCH_GIT_ID
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed OR NOT AIRBATCH_GIT_ID)
  set(AIRBATCH_GIT_ID unknown)
endif()
execute_process(COMMAND git -C ${SOURCE} log -1 --format=%cs OUTPUT_VARIABLE AIRBATCH_DATE OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT AIRBATCH_DATE)
  file(TIMESTAMP ${SOURCE}/CMakeLists.txt AIRBATCH_DATE %Y-%m-%d)
endif()
configure_file(${INPUT} ${OUTPUT} @ONLY)
