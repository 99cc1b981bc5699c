# Writes commit.cc, which defines kCommit of commit.h. It runs in every build, but rewrites the file only if the commit
# has changed, so that no build compiles more than this file because of it.
#
#   cmake -D SOURCE=FOLDER -D OUTPUT=FILE -P commit.cmake
set(ENV{GIT_OPTIONAL_LOCKS} 0) # somebody may be committing
set(commit "")
# A source archive unpacked inside another repository must not show that repository's commit.
execute_process(COMMAND git -C ${SOURCE} rev-parse --show-prefix
                OUTPUT_VARIABLE prefix RESULT_VARIABLE failed ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT failed AND prefix STREQUAL "")
  execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=8 --exclude=*
                  OUTPUT_VARIABLE commit ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#include "tools/leadpulse/commit.h"

namespace leadpulse::tools {

const char kCommit[] = "@commit@";

}  // namespace leadpulse::tools
]])
