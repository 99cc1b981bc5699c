// Edits the text of a definitions file, one tenant, segment or list at a time.
//
// A file may define many tenants and contain comments. An edit replaces the lines of one entry and leaves every other
// line unchanged. The result is then loaded and compared: the entry must mean what was asked for, and everything else
// must mean what it meant before. If the lines of the entry cannot be replaced alone (JSON on one line, anchors that
// entries share), the whole file is rewritten in the form of ShowDefinitions. If that would lose comments, the edit is
// rejected, and the whole file must be edited by hand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "config/definitions_loader.h"
#include "processor/base/status.h"

namespace leadpulse::config {

// Returns the definitions of one tenant as a file without other tenants. If the tenant has an entry of its own that can
// be replaced alone, it is shown as written, with its comments; otherwise in full, with every default.
std::string TextOfTenant(const Definitions& definitions, const std::string& tenant);

// Returns the text of `whole` with the tenant's definitions replaced by those in `entry`, which has been loaded and
// defines only this tenant. Rejected as described above.
Result<std::string> WithTenant(const Definitions& whole, const std::string& tenant, const Definitions& entry);

// Whether an edit was rejected because of how `whole` is written, not because of the edit itself.
bool IsNotEditable(const Status& status);

struct SegmentText {
  std::string id;
  std::string name;  // if empty, the id is the name
  std::string rule;
};

// Returns the text of `whole` with this segment added to the tenant, or put in place of the one with the same id. A
// tenant without an entry of its own gets one, with everything that applies to it. Comments inside a replaced segment
// are lost. The segment is not checked: if it is wrong, loading the result reports the problems.
Result<std::string> WithSegment(const Definitions& whole, const std::string& tenant, const SegmentText& segment);

struct KeyText {
  std::vector<std::string> path;  // a key of the tenant, or one and a key below it
  // What stands behind the key: on its line, or the lines of a list or map, each with its newline. Empty: the key is
  // removed.
  std::string value;
};

// Returns the text of TextOfTenant with these keys of the tenant replaced. Comments within their values are lost. The
// values are not checked: if one is wrong, loading the result reports the problems. Rejected as described above.
Result<std::string> WithKeys(const std::string& text, const std::string& tenant, const std::vector<KeyText>& keys);

// Returns the text without this segment. Rejected, too, if other rules refer to it; unchanged in meaning without such a
// segment.
Result<std::string> WithoutSegment(const Definitions& whole, const std::string& tenant, const std::string& id);

// Returns the text with this list declared, in place of the one with the same id; or without the list of this id.
Result<std::string> WithList(const Definitions& whole, const std::string& tenant, const DeclaredName& list);
Result<std::string> WithoutList(const Definitions& whole, const std::string& tenant, std::string_view id);

// Returns the segment with this id; null if the tenant has none.
const Segment* FindSegment(const TenantDefinitions& tenant, std::string_view id);

}  // namespace leadpulse::config
