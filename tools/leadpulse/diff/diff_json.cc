#include <string>

#include "processor/base/json_object.h"
#include "tools/leadpulse/diff/diff_output.h"

namespace leadpulse::tools {
namespace {

void Count(std::string_view key, uint64_t count, JsonObject* object) {
  object->Number(key, static_cast<int64_t>(count));
}

void AppendTexts(const std::vector<std::string>& texts, std::string* out) {
  AppendJsonArray(texts, out, [out](const std::string& text) { AppendJsonString(text, out); });
}

void AppendSide(const DiffSide& side, uint64_t leads, std::string* out) {
  JsonObject object(out);
  object.Text("state", side.directory);
  object.Time("clock", side.clock);
  object.Text("definitions", side.definitions);
  Count("leads", leads, &object);
  object.End();
}

void AppendDefinitions(const DefinitionsDifference& definitions, std::string* out) {
  JsonObject object(out);
  object.Boolean("same", definitions.same_text);
  AppendTexts(definitions.changed, object.Key("changed"));
  AppendTexts(definitions.only_left, object.Key("onlyLeft"));
  AppendTexts(definitions.only_right, object.Key("onlyRight"));
  object.End();
}

void AppendReasons(const StateDiff& diff, std::string* out) {
  JsonObject object(out);
  for (size_t i = 0; i < kDiffReasonCount; ++i) {
    JsonObject reason(object.Key(DiffReasonKey(static_cast<DiffReason>(i))));
    Count("leads", diff.reasons[i].leads, &reason);
    Count("records", diff.reasons[i].records, &reason);
    reason.End();
  }
  object.End();
}

void AddCauses(const CauseCount& count, JsonObject* object) {
  Count("leads", count.leads, object);
  Count("byHistory", count.by_history, object);
  Count("byDefinitions", count.by_definitions, object);
}

void AppendFields(const StateDiff& diff, std::string* out) {
  JsonObject fields(out);
  for (const auto& [name, count] : diff.fields) {
    JsonObject field(fields.Key(name));
    AddCauses(count, &field);
    field.End();
  }
  fields.End();
}

void AddSegment(const SegmentCount& segment, JsonObject* object) {
  AddCauses(segment.moved, object);
  Count("onlyLeft", segment.only_left, object);
  Count("onlyRight", segment.only_right, object);
}

void AppendSegments(const StateDiff& diff, std::string* out) {
  AppendJsonArray(diff.segments, out, [out](const auto& segment) {
    JsonObject object(out);
    object.Text("tenant", segment.first.first);
    object.Text("segment", segment.first.second);
    AddSegment(segment.second, &object);
    object.End();
  });
}

void AddIds(std::string_view key, const DifferentIds& ids, JsonObject* object) {
  JsonObject of(object->Key(key));
  Count("count", ids.count, &of);
  AppendTexts(ids.first, of.Key("first"));
  of.End();
}

void AppendCauseNames(const Causes& causes, std::string* out) {
  std::vector<std::string> names;
  if (causes.history) names.emplace_back("history");
  if (causes.definitions) names.emplace_back("definitions");
  AppendTexts(names, out);
}

void AppendField(const ViewField& field, std::string* out) {
  JsonObject object(out);
  object.Text("field", field.name);
  object.Text("left", field.left);
  object.Text("right", field.right);
  AppendCauseNames(field.causes, object.Key("by"));
  object.End();
}

void AddDifference(const LeadDifference& lead, JsonObject* object) {
  std::string* const out = object->Key("fields");
  AppendJsonArray(lead.fields, out, [out](const ViewField& field) { AppendField(field, out); });
  object->Key("segments");
  AppendJsonArray(lead.segments, out, [out](const SegmentDifference& segment) {
    JsonObject of(out);
    of.Text("segment", segment.id);
    of.Text("in", segment.in_left ? "left" : "right");
    AppendCauseNames(segment.causes, of.Key("by"));
    of.End();
  });
  const HistoryDifference& history = lead.history;
  AddIds("eventsOnlyLeft", history.events_left, object);
  AddIds("eventsOnlyRight", history.events_right, object);
  AddIds("eventsOtherContent", history.events_other, object);
  AddIds("commandsOnlyLeft", history.commands_left, object);
  AddIds("commandsOnlyRight", history.commands_right, object);
  AppendTexts(history.profile, object->Key("profile"));
}

void AppendSample(const LeadDifference& lead, std::string* out) {
  JsonObject object(out);
  object.Text("tenant", lead.key.tenant);
  object.Text("lead", lead.key.lead);
  object.Text("in", lead.held_by == HeldBy::kBoth ? "both" : lead.held_by == HeldBy::kLeft ? "left" : "right");
  object.Key("reasons");
  AppendJsonArray(ReasonsOf(lead), out, [out](DiffReason reason) { AppendJsonString(DiffReasonKey(reason), out); });
  if (lead.held_by == HeldBy::kBoth) AddDifference(lead, &object);
  object.End();
}

}  // namespace

std::string_view DiffReasonKey(DiffReason reason) {
  switch (reason) {
    case DiffReason::kOnlyLeft:
      return "onlyLeft";
    case DiffReason::kOnlyRight:
      return "onlyRight";
    case DiffReason::kErasedLeft:
      return "erasedLeft";
    case DiffReason::kErasedRight:
      return "erasedRight";
    case DiffReason::kEventsLeft:
      return "eventsOnlyLeft";
    case DiffReason::kEventsRight:
      return "eventsOnlyRight";
    case DiffReason::kEventsOther:
      return "eventsOtherContent";
    case DiffReason::kFolded:
      return "folded";
    case DiffReason::kCommandsLeft:
      return "commandsOnlyLeft";
    case DiffReason::kCommandsRight:
      return "commandsOnlyRight";
    case DiffReason::kProfile:
      return "profile";
    case DiffReason::kFormerLife:
      return "formerLife";
    case DiffReason::kDefinitions:
      return "definitions";
  }
  return "";
}

std::string DiffJson(const DiffReport& report) {
  const StateDiff& diff = report.diff;
  std::string out;
  JsonObject object(&out);
  object.Boolean("equal", diff.equal());
  object.Time("at", diff.at);
  AppendSide(report.left, diff.leads_left, object.Key("left"));
  AppendSide(report.right, diff.leads_right, object.Key("right"));
  AppendDefinitions(report.definitions, object.Key("definitions"));
  Count("same", diff.same, &object);
  Count("different", diff.different, &object);
  Count("onlyLeft", diff.only_left(), &object);
  Count("onlyRight", diff.only_right(), &object);
  AppendReasons(diff, object.Key("reasons"));
  AppendFields(diff, object.Key("fields"));
  AppendSegments(diff, object.Key("segments"));
  JsonObject other(object.Key("otherSegments"));
  AddSegment(diff.other_segments, &other);
  other.End();
  object.Key("samples");
  AppendJsonArray(diff.samples, &out, [&out](const LeadDifference& lead) { AppendSample(lead, &out); });
  object.End();
  return out + "\n";
}

}  // namespace leadpulse::tools
