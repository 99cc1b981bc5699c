// The processor time of threads.
#pragma once

namespace leadpulse {

// Returns the seconds of processor time that the calling thread has used.
double ThreadProcessorSeconds();

}  // namespace leadpulse
