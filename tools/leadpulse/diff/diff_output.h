// What `leadpulse diff` found, for people and for programs.
#pragma once

#include <memory>
#include <string>

#include "processor/base/status.h"
#include "tools/leadpulse/diff/definitions_difference.h"
#include "tools/leadpulse/diff/state_diff.h"

namespace leadpulse::tools {

// Of a state that was compared.
struct DiffSide {
  std::string directory;
  Instant clock;
  std::string definitions;  // their version
};

struct DiffReport {
  DiffSide left;
  DiffSide right;
  DefinitionsDifference definitions;
  StateDiff diff;
};

// Opens both states for reading and compares them; a run may be going on beside either. Errors name the state.
Result<DiffReport> CompareStates(const std::string& left, const std::string& right, const DiffOptions& options);

// Tables for a terminal of 100 columns. Names that come with the leads cannot steer it.
std::string DiffText(const DiffReport& report);

// One JSON object and a line end. It has all that the text has, uncut.
std::string DiffJson(const DiffReport& report);

// In JSON: `eventsOnlyLeft`. Others read these: never change one.
std::string_view DiffReasonKey(DiffReason reason);

}  // namespace leadpulse::tools
