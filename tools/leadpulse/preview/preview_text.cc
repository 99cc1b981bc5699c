#include <string>
#include <utility>
#include <vector>

#include "processor/base/text.h"
#include "processor/rules/language/printer.h"
#include "tools/leadpulse/preview/preview_output.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

constexpr size_t kNameWidth = 34;
constexpr size_t kCellWidth = 10;
constexpr size_t kWhyWidth = 60;  // fits beside a name within 100 columns

// Returns the first cell of a line. A name too long for it gets a line to itself.
std::string NameCell(size_t indent, std::string_view name) {
  std::string cell(indent, ' ');
  cell += name;
  const size_t width = 4 + kNameWidth;
  if (DisplayWidth(cell) >= width) return cell + "\n" + std::string(width, ' ');
  return PaddedToWidth(std::move(cell), width);
}

std::string Number(std::string_view text) { return NumberCell(text, kCellWidth); }

std::string NameOf(const query::Flow& flow) {
  const std::string name = DisplayableLine(flow.name);
  if (flow.defined_in == query::DefinedIn::kAfter) return name + " (new)";
  return flow.defined_in == query::DefinedIn::kBefore ? name + " (gone)" : name;
}

std::string Header(std::string_view what, const std::vector<std::string_view>& columns) {
  std::string line = NameCell(2, what);
  for (std::string_view column : columns) line += Number(column);
  return TextLine(std::move(line));
}

std::string FlowCells(const query::Flow& flow) {
  std::string cells = NameCell(4, NameOf(flow));
  for (uint64_t count : {flow.before, flow.enter, flow.leave, flow.after()}) cells += Number(GroupDigits(count));
  return cells;
}

std::string TierTable(const query::TenantPreview& tenant) {
  std::string text = Header("tier", {"before", "enter", "leave", "after"});
  for (const query::Flow& flow : tenant.tiers) text += TextLine(FlowCells(flow));
  return text;
}

std::string SegmentTable(const query::TenantPreview& tenant) {
  if (tenant.segments.empty()) return "";
  std::string text = "\n" + Header("segment", {"before", "enter", "leave", "after", "by unset"});
  for (const query::SegmentPreview& segment : tenant.segments) {
    const uint64_t by_unset = segment.in_by_unset.leads;
    text += TextLine(FlowCells(segment.flow) + Number(by_unset == 0 ? "-" : GroupDigits(by_unset)));
  }
  return text;
}

std::string UnsetTable(const query::TenantPreview& tenant) {
  std::string text;
  for (const query::SegmentPreview& segment : tenant.segments) {
    if (segment.in_by_unset.leads == 0) continue;
    std::string name = NameCell(4, NameOf(segment.flow));
    for (const auto& [field, count] : segment.in_by_unset.by_field) {
      text += TextLine(name + Number(GroupDigits(count)) + "  " + DisplayableLine(field));
      name = NameCell(4, "");
    }
  }
  return text.empty() ? text : "\n  by unset: in only because a field is unset, by field\n" + text;
}

// Returns the probable mistake in a field that few or no leads have; empty if none.
std::string RemarkOn(const query::FieldCoverage& field) {
  std::string remark;
  if (field.leads == 0) remark = "! no lead has it";
  if (field.nearest) remark += "; did you mean " + DisplayableLine(*field.nearest) + "?";
  if (field.unreadable == 0) return remark;
  const std::string type = field.declared ? std::string(FieldTypeName(*field.declared)) : "value";
  return remark + (remark.empty() ? "" : "; ") + "of " + GroupDigits(field.unreadable) + " it is no " + type;
}

std::string FieldTable(const query::TenantPreview& tenant) {
  if (tenant.fields.empty()) return "";
  std::string text = "\n" + Header("field that rules name", {"have it", "of"});
  for (const auto& [name, field] : tenant.fields) {
    text += TextLine(NameCell(4, DisplayableLine(name)) + Number(GroupDigits(field.leads)) +
                     Number(GroupDigits(tenant.leads)) + "  " + RemarkOn(field));
  }
  return text;
}

std::string ReasonsText(const std::vector<rules::Reason>& reasons) {
  std::string text;
  for (const rules::Reason& reason : reasons) {
    text += (text.empty() ? "" : "; ") + std::string(reason.holds ? "" : "false: ") +
            rules::PrintNode(*reason.predicate) + (reason.field_is_unset ? " (unset)" : "");
  }
  return text;
}

std::string ScoresText(const query::Sample& sample) {
  std::string scores = "score " + std::to_string(sample.score_before);
  return sample.score_before == sample.score_after ? scores : scores + " to " + std::to_string(sample.score_after);
}

std::string WhyOf(const query::Flow& flow, const query::Sample& sample, bool of_tier) {
  if (of_tier) return sample.tier_before + " to " + sample.tier_after + ", " + ScoresText(sample);
  if (flow.defined_in == query::DefinedIn::kBefore) return "the segment is gone";
  return ReasonsText(sample.reasons);
}

std::string SampleLines(const char* kind, const query::Flow& flow) {
  std::string text;
  for (const bool enters : {true, false}) {
    const query::Samples& samples = enters ? flow.entering : flow.leaving;
    if (samples.ascending().empty()) continue;
    text += std::string("    ") + kind + " " + NameOf(flow) + (enters ? ", enter " : ", leave ") +
            GroupDigits(enters ? flow.enter : flow.leave) + "\n";
    for (const query::Sample& sample : samples.ascending()) {
      const std::string why = WhyOf(flow, sample, kind == std::string_view("tier"));
      text += TextLine(NameCell(6, DisplayableLine(sample.lead)) + "  " + CutToWidth(DisplayableLine(why), kWhyWidth));
    }
  }
  return text;
}

std::string MovesTable(const query::TenantPreview& tenant) {
  std::string text;
  for (const query::Flow& flow : tenant.tiers) text += SampleLines("tier", flow);
  for (const query::SegmentPreview& segment : tenant.segments) text += SampleLines("segment", segment.flow);
  if (text.empty()) return "\n  nobody would move\n";
  return "\n  who would move, the first " + std::to_string(query::Samples::kMost) + " of each by their id\n" + text;
}

}  // namespace

std::string PreviewText(const query::Preview& preview) {
  std::string text = "As of " + FormatRfc3339(preview.at) + ", nothing changed:\n";
  if (preview.tenants.empty()) text += "\nThe state holds no leads.\n";
  for (const auto& [name, tenant] : preview.tenants) {
    text += "\n" + name + ": " + GroupDigits(tenant.leads) + (tenant.leads == 1 ? " lead\n" : " leads\n");
    text += TierTable(tenant) + SegmentTable(tenant) + UnsetTable(tenant) + FieldTable(tenant) + MovesTable(tenant);
  }
  return text;
}

}  // namespace leadpulse::tools
