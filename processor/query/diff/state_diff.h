// Compares two states: finds the leads that only one of them has, and the leads that differ, with the differences and
// their causes.
//
// Both are read side by side, in the order of tenant and lead. Every lead is evaluated at one instant under the
// definitions of its state. Two states of the same history are equal, even if it was read in another order, more than
// once, or into another number of partitions. Memory is bounded by the definitions, not by the number of leads. The
// stores are only read.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/base/worker_pool.h"
#include "processor/query/diff/lead_difference.h"
#include "processor/query/state_access.h"
#include "state/store/lead_store.h"

namespace leadpulse::query {

struct DefinitionsDifference {
  bool same_text = true;
  // Changed parts, such as `acme: scoring` or `acme: segment lapsing`, by tenant; below, parts that only one has. Empty
  // if only comments and spelling differ.
  std::vector<std::string> changed;
  std::vector<std::string> only_left;
  std::vector<std::string> only_right;
};

// Compares the effective definitions (config::ShowDefinitions), so neither order nor spelling counts.
DefinitionsDifference CompareDefinitions(const config::Definitions& left, const config::Definitions& right);

struct ComparedState {
  const state::LeadStore* store = nullptr;
  std::shared_ptr<const config::Definitions> definitions;
  Instant clock;
};

// The reasons why leads differ, in the order of the output. A lead may have several.
enum class DiffReason : uint8_t {
  kOnlyLeft,  // only in the left state, and not known to be erased in the right one
  kOnlyRight,
  kErasedLeft,  // only in the right state: erased in the left one
  kErasedRight,
  kEventsLeft,  // events that only the left journal has
  kEventsRight,
  kEventsOther,   // events under the same id with other content
  kFolded,        // other events were folded
  kCommandsLeft,  // commands that only the left one has applied
  kCommandsRight,
  kProfile,  // the same commands gave another profile: another order, or one state rejected some
  kAddress,  // with the same commands the address has other events or users, or only one state shares addresses
  kFormerLife,
  kDefinitions,  // the same history gives another view under the other definitions
};
inline constexpr size_t kDiffReasonCount = 14;

struct ReasonCount {
  uint64_t leads = 0;
  uint64_t records = 0;  // the events or commands, if the reason is about them
};

// Number of leads by the cause of a different view. A lead with both causes counts in both.
struct CauseCount {
  uint64_t leads = 0;
  uint64_t by_history = 0;
  uint64_t by_definitions = 0;

  void Add(const Causes& causes) {
    ++leads;
    by_history += causes.history;
    by_definitions += causes.definitions;
  }
};

struct SegmentCount {
  CauseCount moved;
  uint64_t only_left = 0;  // leads that are in it only in the left state
  uint64_t only_right = 0;
};

struct StateDiff {
  // Limit of segments with their own counts; `other_segments` counts the rest.
  static constexpr size_t kMostSegments = 10'000;

  Instant at;  // the later of the clocks
  uint64_t leads_left = 0;
  uint64_t leads_right = 0;
  uint64_t same = 0;
  uint64_t different = 0;            // in both states
  uint64_t mailboxes_different = 0;  // mailboxes that are no leads; they count nowhere else
  std::array<ReasonCount, kDiffReasonCount> reasons{};
  std::map<std::string, CauseCount> fields;                              // by name: the fields that differ for a lead
  std::map<std::pair<std::string, std::string>, SegmentCount> segments;  // by tenant and id
  SegmentCount other_segments;
  std::vector<LeadDifference> samples;  // the first by tenant and lead

  const ReasonCount& of(DiffReason reason) const { return reasons[static_cast<size_t>(reason)]; }
  uint64_t only_left() const { return of(DiffReason::kOnlyLeft).leads + of(DiffReason::kErasedRight).leads; }
  uint64_t only_right() const { return of(DiffReason::kOnlyRight).leads + of(DiffReason::kErasedLeft).leads; }
  // Whether no leads or mailboxes differ. Different definitions that give each lead the same view do not count.
  bool equal() const { return different + mailboxes_different + only_left() + only_right() == 0; }
};

struct DiffOptions {
  std::string tenant;  // empty: all
  size_t samples = 10;
};

// Compares two states. Fatal: a lead cannot be read.
Result<StateDiff> DiffStates(const ComparedState& left, const ComparedState& right, const DiffOptions& options,
                             WorkerPool* pool);

// One of the two compared states.
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

// Opens both states for reading and compares them; a run may use either at the same time. Errors name the state.
Result<DiffReport> CompareStates(const std::string& left, const std::string& right, const DiffOptions& options,
                                 const Warn& warn);

// Returns the events or commands of a reason; null if it is about neither.
const DifferentIds* IdsOf(const HistoryDifference& history, DiffReason reason);

// Returns the reasons of one lead that differs.
std::vector<DiffReason> ReasonsOf(const LeadDifference& difference);

}  // namespace leadpulse::query
