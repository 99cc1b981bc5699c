// How one lead differs between two states, and why. Both are evaluated at one instant, each under the definitions of
// its state.
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

// How the journal, the commands and the profile differ. The order in which they came does not count, nor what depends
// on it (sequence number, last published view).
struct HistoryDifference {
  DifferentIds events_left;     // Only the left journal holds these.
  DifferentIds events_right;    // Only the right journal holds these.
  DifferentIds events_other;    // Both hold these ids, with different content.
  DifferentIds commands_left;   // Only the left profile has these among its last kMaxAppliedCommandIds.
  DifferentIds commands_right;  // Only the right profile has these.
  bool folded = false;          // other events have left the journals and live on as counts
  bool former_life = false;     // erased at different instants, and created again since
  // The parts that differ: `tags`, `attribute industry`, `mailbox used`, `addresses of events`.
  std::vector<std::string> profile;

  bool any() const {
    return events_left.count + events_right.count + events_other.count + commands_left.count + commands_right.count >
               0 ||
           folded || former_life || !profile.empty();
  }
};

// Whether the part of HistoryDifference::profile follows from the lead's address, and not from its own commands alone.
bool IsOfAddress(std::string_view part);

// Ignores Attribute::converted, which follows from the definitions.
HistoryDifference CompareHistories(const state::Lead& left, const state::Lead& right);

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
  bool in_left = false;  // false: only in the right one
  Causes causes;
};

enum class HeldBy : uint8_t { kBoth, kLeft, kRight };

struct LeadDifference {
  LeadKey key;
  HeldBy held_by = HeldBy::kBoth;
  bool erased = false;      // if only one holds it: it was erased in the other
  bool is_mailbox = false;  // the row of a mailbox that is no lead in either of them: it has no view
  // The rest is set only if both hold it.
  HistoryDifference history;
  std::vector<ViewField> fields;            // The fields that differ, always in one order.
  std::vector<SegmentDifference> segments;  // by id
};

// A state's lead with its view; that of a mailbox that is no lead stays empty. `lead` has Attribute::converted of
// `definitions`, which outlive this.
struct SeenLead {
  state::Lead lead;
  view::View view;
};
SeenLead SeeLead(state::Lead lead, const config::TenantDefinitions& definitions, Instant at);

// For a lead that both hold; nullopt if it is the same in both. `same_definitions`: both have the same text, so only
// the history can differ. Both leads were evaluated at `at`.
std::optional<LeadDifference> CompareLeads(const SeenLead& left, const config::TenantDefinitions& left_definitions,
                                           const SeenLead& right, const config::TenantDefinitions& right_definitions,
                                           bool same_definitions, Instant at);

}  // namespace leadpulse::query
