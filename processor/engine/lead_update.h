// Reports an applied command to those who show the lead. Not part of the output: a replay may leave it out.
#pragma once

#include <string>

#include "processor/base/ids.h"
#include "processor/engine/change_list.h"

namespace leadpulse::engine {

struct LeadUpdate {
  LeadKey key;
  ChangeAudience audience;
  std::string version;  // state::LeadVersion after the command
};

}  // namespace leadpulse::engine
