// The differences of one lead between two states, and their causes. Both are evaluated at one instant, each under the
// definitions of its state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/view/view.h"
#include "state/lead/lead.h"

namespace leadpulse::query {

// Ids that only one of the two has, or both with different content: their number, and the first few.
struct DifferentIds {
  static constexpr size_t kMostNamed = 3;

  uint64_t count = 0;
  std::vector<std::string> first;  // ascending by bytes, at most kMostNamed

  void Add(std::string_view id) {
    if (++count <= kMostNamed) first.emplace_back(id);
  }
};

// The differences of journal, commands and profile. Ignores the order in which they came, and what depends on it
// (sequence number, last published view).
struct HistoryDifference {
  DifferentIds events_left;     // only in the left journal
  DifferentIds events_right;    // only in the right journal
  DifferentIds events_other;    // in both, with different content
  DifferentIds commands_left;   // only among the left profile's last kMaxAppliedCommandIds
  DifferentIds commands_right;  // only among the right profile's
  bool folded = false;          // other events were folded in the journals, which only count them
  bool former_life = false;     // erased at different instants, and created again since
  // The parts that differ: `tags`, `attribute industry`, `mailbox used`, `addresses of events`.
  std::vector<std::string> profile;

  bool any() const {
    return events_left.count + events_right.count + events_other.count + commands_left.count + commands_right.count >
               0 ||
           folded || former_life || !profile.empty();
  }
};

// Whether the part of HistoryDifference::profile follows from the lead's address, not from its own commands alone.
bool IsOfAddress(std::string_view part);

// Compares two histories. Ignores Attribute::converted, which follows from the definitions.
HistoryDifference CompareHistories(const state::Lead& left, const state::Lead& right);

// The causes of two views' difference; both may be true.
struct Causes {
  bool history = false;      // other events, commands or profile
  bool definitions = false;  // other definitions
  friend bool operator==(const Causes&, const Causes&) = default;
};

// A field that differs, with the name of leads.jsonl's member in the rule language: score, tier, email_status and so
// on.
struct ViewField {
  std::string_view name;
  std::string left;
  std::string right;
  Causes causes;
};

struct SegmentDifference {
  std::string id;
  bool in_left = false;  // false: only in the right one
  Causes causes;
};

enum class HeldBy : uint8_t { kBoth, kLeft, kRight };

struct LeadDifference {
  LeadKey key;
  HeldBy held_by = HeldBy::kBoth;
  bool erased = false;      // if only one holds it: it was erased in the other
  bool is_mailbox = false;  // the row of a mailbox that is no lead in either state: it has no view
  // The rest is set only if both hold it.
  HistoryDifference history;
  std::vector<ViewField> fields;            // the fields that differ, always in the same order
  std::vector<SegmentDifference> segments;  // by id
};

// A state's lead with its view; the view of a mailbox that is no lead stays empty. `lead` has Attribute::converted of
// `definitions`, which outlive this.
struct SeenLead {
  state::Lead lead;
  view::View view;
};
SeenLead SeeLead(state::Lead lead, const config::TenantDefinitions& definitions, Instant at);

// Compares a lead that both states hold; nullopt if it is the same in both. `same_definitions`: both have the same
// text, so only the history can differ. Both leads were evaluated at `at`.
std::optional<LeadDifference> CompareLeads(const SeenLead& left, const config::TenantDefinitions& left_definitions,
                                           const SeenLead& right, const config::TenantDefinitions& right_definitions,
                                           bool same_definitions, Instant at);

}  // namespace leadpulse::query
