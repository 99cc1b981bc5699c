// Edits the text of a definitions file, one tenant or one segment at a time.
//
// A file may have many tenants, and comments. An edit replaces the lines of one entry and leaves all others as they are
// written. Its result is loaded and compared: the entry means what was asked for, and everything else keeps its
// meaning. If lines cannot be cut (JSON on one line, anchors that entries share), the whole file is written in the form
// of ShowDefinitions, unless that would lose comments: then the edit is rejected, and somebody must edit the whole
// file.
#pragma once

#include <string>
#include <string_view>

#include "config/definitions.h"
#include "config/definitions_loader.h"
#include "processor/base/status.h"

namespace leadpulse::config {

// Returns the definitions of one tenant as a file without other tenants: as written, with comments, if it has an entry
// of its own whose lines can be cut. Otherwise in full, with every default.
std::string TextOfTenant(const Definitions& definitions, const std::string& tenant);

// Returns the text of `whole` in which the tenant is defined as in `entry`, which has been loaded and has only this
// tenant. Rejected as described above.
Result<std::string> WithTenant(const Definitions& whole, const std::string& tenant, const Definitions& entry);

// Whether an edit was rejected because of how the text of `whole` is written, not because of what was asked for.
bool IsNotEditable(const Status& status);

struct SegmentText {
  std::string id;
  std::string name;  // empty: the id
  std::string rule;
};

// Returns the text of `whole` in which the tenant has this segment, instead of one with the same id if there is one. A
// tenant without an entry of its own gets one, with everything that applies to it. Comments inside of a replaced
// segment are lost. If the segment is wrong, the result is a text that LoadDefinitions may refuse, and loading it
// reports the problems.
Result<std::string> WithSegment(const Definitions& whole, const std::string& tenant, const SegmentText& segment);

// Returns null if the tenant has no such segment.
const Segment* FindSegment(const TenantDefinitions& tenant, std::string_view id);

// Whether everything in `after` means what it means in `before`, except for the segment `id` of `tenant`.
bool DiffersOnlyInSegment(const Definitions& before, const Definitions& after, const std::string& tenant,
                          const std::string& id);

}  // namespace leadpulse::config
