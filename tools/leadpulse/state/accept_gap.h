// leadpulse state accept-gap: goes on without records that were deleted before they were read.
#pragma once

#include <cstdint>
#include <string>

namespace leadpulse::tools {

struct AcceptGapCommandLine {
  std::string config;
  std::string topic;
  uint32_t partition = 0;
  int64_t first = 0;
  int64_t last = 0;
};

// Gives an exit code.
int AcceptGap(const AcceptGapCommandLine& line);

}  // namespace leadpulse::tools
