#include "processor/base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace leadpulse {

void AssertionFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr,
               "leadpulse: internal error: %s does not hold (%s:%d). Nothing was committed after it; "
               "please report it with the input that led here.\n",
               condition, file, line);
  std::abort();
}

}  // namespace leadpulse
