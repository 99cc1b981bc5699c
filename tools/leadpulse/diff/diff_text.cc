#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/text.h"
#include "tools/leadpulse/diff/diff_output.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

constexpr size_t kNameWidth = 40;
constexpr size_t kNumberWidth = 12;
constexpr size_t kMostParts = 12;     // most named parts of the definitions
constexpr size_t kMostSegments = 40;  // most shown segments

std::string Line(std::string_view name, const std::vector<std::string>& cells) {
  std::string line = PaddedToWidth(std::string(name), kNameWidth);
  for (const std::string& cell : cells) line += NumberCell(cell, kNumberWidth);
  return line + "\n";
}

std::string Named(const std::string& name) { return "    " + CutToWidth(DisplayableLine(name), kNameWidth - 5); }

std::string SideLine(char letter, const query::DiffSide& side, uint64_t leads) {
  return Concat({"  ", std::string(1, letter), "  ", DisplayableLine(side.directory), ": ", GroupDigits(leads),
                 leads == 1 ? " lead" : " leads", ", clock ", FormatRfc3339(side.clock), ", definitions ",
                 side.definitions, "\n"});
}

void AppendPartNames(const char* what, const std::vector<std::string>& parts, std::string* text) {
  if (parts.empty()) return;
  *text += what;
  for (size_t i = 0; i < std::min(parts.size(), kMostParts); ++i) *text += "    " + DisplayableLine(parts[i]) + "\n";
  if (parts.size() > kMostParts) *text += "    and " + GroupDigits(parts.size() - kMostParts) + " more\n";
}

std::string DefinitionsText(const query::DefinitionsDifference& definitions) {
  if (definitions.same_text) return "";
  std::string text;
  AppendPartNames("\n  what other definitions say\n", definitions.changed, &text);
  AppendPartNames("\n  what only those of a say\n", definitions.only_left, &text);
  AppendPartNames("\n  what only those of b say\n", definitions.only_right, &text);
  return text.empty() ? "\n  The texts of the definitions differ, and mean the same.\n" : text;
}

std::string LeadsTable(const query::StateDiff& diff) {
  const std::string mailboxes =
      diff.mailboxes_different == 0 ? "" : Line("    mailboxes that differ", {GroupDigits(diff.mailboxes_different)});
  return "\n  leads\n" + Line("    the same in both", {GroupDigits(diff.same)}) +
         Line("    different", {GroupDigits(diff.different)}) + Line("    only in a", {GroupDigits(diff.only_left())}) +
         Line("    only in b", {GroupDigits(diff.only_right())}) + mailboxes;
}

std::string ReasonsTable(const query::StateDiff& diff) {
  std::string text = "\n" + Line("  why", {"leads", "records"});
  for (size_t i = 0; i < query::kDiffReasonCount; ++i) {
    const query::ReasonCount& count = diff.reasons[i];
    if (count.leads == 0) continue;
    const std::string records = count.records == 0 ? "-" : GroupDigits(count.records);
    text += Line(Concat({"    ", kDiffReasonNames[i].text}), {GroupDigits(count.leads), records});
  }
  return text;
}

std::string FieldsTable(const query::StateDiff& diff) {
  if (diff.fields.empty()) return "";
  std::string text = "\n" + Line("  what", {"leads", "by history", "by definit."});
  for (const auto& [name, count] : diff.fields) {
    text +=
        Line(Named(name), {GroupDigits(count.leads), GroupDigits(count.by_history), GroupDigits(count.by_definitions)});
  }
  return text;
}

std::string SegmentLine(const std::string& name, const query::SegmentCount& count) {
  return Line(Named(name), {GroupDigits(count.only_left), GroupDigits(count.only_right),
                            GroupDigits(count.moved.by_history), GroupDigits(count.moved.by_definitions)});
}

void AddTo(query::SegmentCount* sum, const query::SegmentCount& count) {
  sum->only_left += count.only_left;
  sum->only_right += count.only_right;
  sum->moved.by_history += count.moved.by_history;
  sum->moved.by_definitions += count.moved.by_definitions;
}

std::string SegmentsTable(const query::StateDiff& diff) {
  if (diff.segments.empty()) return "";
  std::string text = "\n" + Line("  segment, leads in it", {"only in a", "only in b", "by history", "by definit."});
  query::SegmentCount others = diff.other_segments;
  size_t shown = 0;
  for (const auto& [key, count] : diff.segments) {
    if (++shown <= kMostSegments) {
      text += SegmentLine(key.first + ": " + key.second, count);
    } else {
      AddTo(&others, count);
    }
  }
  if (others.only_left + others.only_right > 0) text += SegmentLine("others", others);
  return text;
}

// Returns ` e-1, e-2, …`.
std::string IdsText(const query::DifferentIds& ids) {
  std::string text;
  for (const std::string& id : ids.first) text += (text.empty() ? " " : ", ") + id;
  return ids.count > ids.first.size() ? text + ", …" : text;
}

std::string SampleText(const query::LeadDifference& lead) {
  std::string why;
  for (const query::DiffReason reason : query::ReasonsOf(lead)) {
    AppendParts({why.empty() ? "" : "; ", NameOf(reason).text}, &why);
    if (const query::DifferentIds* ids = query::IdsOf(lead.history, reason)) why += IdsText(*ids);
  }
  std::string what;
  const auto add = [&what](const std::string& part) { what += (what.empty() ? "" : ", ") + part; };
  for (const query::ViewField& field : lead.fields) add(Concat({field.name, " ", field.left, " to ", field.right}));
  for (const query::SegmentDifference& segment : lead.segments) {
    add((segment.in_left ? "only a in segment " : "only b in segment ") + segment.id);
  }
  for (const std::string& part : lead.history.profile) add(part);
  std::string text =
      Concat({"    ", lead.is_mailbox ? "mailbox " : "", DisplayableLine(lead.key.tenant + " " + lead.key.lead), "\n"});
  if (!what.empty()) text += "      " + DisplayableLine(what) + "\n";
  return text + "      because: " + DisplayableLine(why) + "\n";
}

std::string SamplesText(const query::StateDiff& diff) {
  if (diff.samples.empty()) return "";
  const uint64_t all = diff.different + diff.mailboxes_different + diff.only_left() + diff.only_right();
  std::string text = "\n  the leads that differ, from a to b\n";
  if (diff.samples.size() < all) {
    text = "\n  the first " + GroupDigits(diff.samples.size()) + " leads that differ, from a to b\n";
  }
  for (const query::LeadDifference& lead : diff.samples) text += SampleText(lead);
  return text;
}

}  // namespace

std::string DiffText(const query::DiffReport& report) {
  const query::StateDiff& diff = report.diff;
  std::string text = "As of " + FormatRfc3339(diff.at) + ":\n\n" + SideLine('a', report.left, diff.leads_left) +
                     SideLine('b', report.right, diff.leads_right);
  if (report.left.clock != report.right.clock) text += "\n  The clocks differ; both are seen at the later one.\n";
  text += DefinitionsText(report.definitions);
  if (diff.equal()) return text + "\n  No lead differs.\n";
  return text + LeadsTable(diff) + ReasonsTable(diff) + FieldsTable(diff) + SegmentsTable(diff) + SamplesText(diff);
}

}  // namespace leadpulse::tools
