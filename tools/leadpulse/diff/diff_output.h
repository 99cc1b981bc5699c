// Prints the result of `leadpulse diff` for people and for programs.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "processor/query/diff/state_diff.h"

namespace leadpulse::tools {

// Renders tables for a terminal of 100 columns. Control characters in names are escaped.
std::string DiffText(const query::DiffReport& report);

// Renders one JSON object and a line end, with everything in the text, uncut.
std::string DiffJson(const query::DiffReport& report);

struct DiffReasonName {
  std::string_view key;  // in JSON; never change one, because programs read it
  std::string_view text;
};
// Names by DiffReason.
inline constexpr std::array<DiffReasonName, query::kDiffReasonCount> kDiffReasonNames = {{
    {"onlyLeft", "only in a"},
    {"onlyRight", "only in b"},
    {"erasedLeft", "only in b, erased in a"},
    {"erasedRight", "only in a, erased in b"},
    {"eventsOnlyLeft", "events only in a"},
    {"eventsOnlyRight", "events only in b"},
    {"eventsOtherContent", "events of one id, other content"},
    {"folded", "other events have left the journal"},
    {"commandsOnlyLeft", "commands only in a"},
    {"commandsOnlyRight", "commands only in b"},
    {"profile", "another profile by the same commands"},
    {"address", "other events or users of its address"},
    {"formerLife", "erased at another time, and back"},
    {"definitions", "other definitions"},
}};
inline const DiffReasonName& NameOf(query::DiffReason reason) {
  return kDiffReasonNames.at(static_cast<size_t>(reason));
}

}  // namespace leadpulse::tools
