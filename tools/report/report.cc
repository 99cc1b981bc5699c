#include "tools/report/report.h"

#include <algorithm>

#include "tools/report/wording.h"

namespace leadpulse::report {
namespace {

std::string FoldedNote(const FoldedCounts& folded) {
  std::string types;
  for (EventType type : kCountedTypes) {
    const uint64_t events = folded.events[static_cast<size_t>(type)];
    if (events == 0) continue;
    types += (types.empty() ? "" : ", ") + Grouped(events) + " " + std::string(EventTypeName(type));
  }
  return Leads(folded.leads) + " had more events than a journal keeps (journal: max_entries). Of the older ones only " +
         "counts remain, which are in no campaign's numbers" + (types.empty() ? "." : ": " + types + ".");
}

std::string BeforeChangesNote(int64_t leads) {
  if (leads < 0) {
    return "The changes tell of " + Leads(static_cast<uint64_t>(-leads)) +
           " more than the state has: they are not those of this state, or of a later time. What is said of the past "
           "is not right; give the changes.jsonl that belongs to the state.";
  }
  return "The changes do not tell how " + Leads(static_cast<uint64_t>(leads)) +
         " came to be: older ones are missing. The numbers are counted back from the state, and stay as they are "
         "before the first change that is given.";
}

}  // namespace

std::optional<Stage> NextInFunnel(Stage stage) {
  const auto found = std::find(kFunnel.begin(), kFunnel.end(), stage);
  if (found == kFunnel.end() || found + 1 == kFunnel.end()) return std::nullopt;
  return *(found + 1);
}

uint64_t StageHistory::MovedOn(Stage from) const {
  uint64_t moved = 0;
  for (auto to = NextInFunnel(from); to; to = NextInFunnel(*to)) {
    moved += moves[static_cast<size_t>(from)][static_cast<size_t>(*to)];
  }
  return moved;
}

std::optional<double> StageHistory::ConversionRate(Stage from) const {
  if (!NextInFunnel(from)) return std::nullopt;
  const size_t index = static_cast<size_t>(from);
  const int64_t there = std::max<int64_t>(at_beginning[index], 0) + static_cast<int64_t>(entered[index]);
  return Ratio(MovedOn(from), static_cast<uint64_t>(there));
}

uint64_t TenantReport::Reached(Stage stage) const {
  uint64_t reached = stages[static_cast<size_t>(stage)];
  for (auto next = NextInFunnel(stage); next; next = NextInFunnel(*next)) reached += stages[static_cast<size_t>(*next)];
  return reached;
}

std::optional<double> TenantReport::ConversionToNext(Stage stage) const {
  const std::optional<Stage> next = NextInFunnel(stage);
  if (!next) return std::nullopt;
  return Ratio(Reached(*next), Reached(stage));
}

std::vector<std::string> NotesOn(const TenantReport& tenant) {
  std::vector<std::string> notes;
  if (tenant.with_address < tenant.leads) {
    notes.push_back(Leads(tenant.leads - tenant.with_address) +
                    " without an e-mail address, neither as the attribute email nor as id: not among those that may be "
                    "mailed.");
  }
  if (!tenant.history) {
    notes.push_back(
        "Moves between stages, tiers over time and flows of segments are not in this report: give the changes.jsonl of "
        "the state's outputs with --changes.");
  } else if (tenant.history->leads_before_changes != 0) {
    notes.push_back(BeforeChangesNote(tenant.history->leads_before_changes));
  }
  if (tenant.folded.leads > 0) notes.push_back(FoldedNote(tenant.folded));
  if (tenant.other_campaigns > 0) {
    notes.push_back("There are more than " + Grouped(kMaxCampaigns) +
                    " campaigns. Those met after the first ones are summed, a lead counting for each of them.");
  }
  return notes;
}

}  // namespace leadpulse::report
