// How one lead differs between two states, and why: both seen at one instant, each under its state's definitions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/query/diff/history_difference.h"
#include "processor/view/view.h"
#include "state/lead/lead.h"

namespace leadpulse::query {

// Why two views differ; both may be true.
struct Causes {
  bool history = false;      // other events, commands or profile
  bool definitions = false;  // other definitions
  friend bool operator==(const Causes&, const Causes&) = default;
};

// Names are those of leads.jsonl's members in the rule language: score, tier, email_status and so on.
struct ViewField {
  std::string_view name;
  std::string left;
  std::string right;
  Causes causes;
};

struct SegmentDifference {
  std::string id;
  bool in_left = false;  // else in the right one only
  Causes causes;
};

enum class HeldBy : uint8_t { kBoth, kLeft, kRight };

struct LeadDifference {
  LeadKey key;
  HeldBy held_by = HeldBy::kBoth;
  bool erased = false;  // of one that only one holds: the other had it, and it was erased there
  // The rest only where both hold it.
  HistoryDifference history;
  std::vector<ViewField> fields;            // that differ, always in one order
  std::vector<SegmentDifference> segments;  // by id
};

// A lead as a state has it, evaluated. `lead` has Attribute::converted of `definitions`, which outlive this.
struct SeenLead {
  state::Lead lead;
  view::View view;
};
SeenLead SeeLead(state::Lead lead, const config::TenantDefinitions& definitions, Instant at);

// Of a lead that both hold; nothing where it is the same in both. `same_definitions`: the two are of one text, so only
// the history can make a difference. Both leads were seen at `at`.
std::optional<LeadDifference> CompareLeads(const SeenLead& left, const config::TenantDefinitions& left_definitions,
                                           const SeenLead& right, const config::TenantDefinitions& right_definitions,
                                           bool same_definitions, Instant at);

}  // namespace leadpulse::query
