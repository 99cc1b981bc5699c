#include "processor/base/processor_time.h"

#include <ctime>

namespace leadpulse {

double ThreadProcessorSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  constexpr double kSecond = 1e-9;  // a nanosecond in seconds
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * kSecond;
}

}  // namespace leadpulse
