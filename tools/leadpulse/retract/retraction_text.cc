#include "tools/leadpulse/retract/retraction_text.h"

#include <algorithm>
#include <string_view>

#include "processor/base/engagement.h"
#include "processor/base/text.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

using codec::ChangeKind;

constexpr size_t kFirstColumn = 24;

std::string Counted(uint64_t count, std::string_view one, std::string_view more) {
  return Concat({std::to_string(count), " ", count == 1 ? one : more});
}

// `tier hot to cold`.
std::string MoveText(const codec::Change& change) {
  if (change.kind == ChangeKind::kSegmentLeft) return "leaves " + change.name;
  if (change.kind == ChangeKind::kSegmentEntered) return "enters " + change.name;
  std::string what = AsciiLower(codec::ChangeKindName(change.kind));
  what.resize(what.size() - std::string_view("_changed").size());
  std::ranges::replace(what, '_', ' ');
  return Concat({what, " ", change.from, " to ", change.to});
}

std::string SampleLine(const RetractionSample& sample) {
  std::string moves;
  for (const codec::Change& change : sample.moved) moves += (moves.empty() ? "" : ", ") + MoveText(change);
  return "    " + PaddedToWidth(DisplayableLine(sample.lead), kFirstColumn) + "  " +
         Counted(sample.events, "event", "events") + ": " + DisplayableLine(moves) + "\n";
}

std::string ChangesText(const RetractionTotals& totals) {
  if (totals.leads_changed == 0) return "\n  nothing that is published would change\n";
  std::string text = "\n  a run would publish, of " + Counted(totals.leads_changed, "lead", "leads") + "\n";
  for (size_t kind = 1; kind < totals.changes.size(); ++kind) {
    if (totals.changes[kind] == 0) continue;
    const std::string name(codec::ChangeKindName(static_cast<ChangeKind>(kind)));
    text += "    " + PaddedToWidth(name, kFirstColumn) + "  " + std::to_string(totals.changes[kind]) + "\n";
  }
  if (totals.samples.empty()) return text;
  text += "\n  who would change, the first " + std::to_string(RetractionTotals::kMostSamples) + " by their id\n";
  for (const RetractionSample& sample : totals.samples) text += SampleLine(sample);
  return text;
}

}  // namespace

std::string RetractionText(const RetractionAsked& asked, const RetractionTotals& totals) {
  const std::string type(EventTypeName(asked.query.step.type));
  std::string text = "As of " + FormatRfc3339(asked.query.clock) + ", of tenant " + asked.tenant + ":\n\n";
  text += "  " + Counted(totals.entries, type + " event", type + " events") + " of " +
          Counted(totals.leads, "lead", "leads") + " to take back\n";
  if (totals.already > 0) text += "  " + std::to_string(totals.already) + " more taken back already\n";
  if (totals.folded > 0) {
    text += "  up to " + std::to_string(totals.folded) + " more of " +
            Counted(totals.leads_with_folded, "lead", "leads") +
            " cannot be taken back: they have left the journals (max_entries), and only their number is left\n";
  }
  return totals.entries == 0 ? text : text + ChangesText(totals);
}

}  // namespace leadpulse::tools
