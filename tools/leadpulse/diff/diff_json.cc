#include <string>

#include "processor/base/json_object.h"
#include "tools/leadpulse/diff/diff_output.h"

namespace leadpulse::tools {
namespace {

void AppendSide(const query::DiffSide& side, uint64_t leads, std::string* out) {
  JsonObject object(out);
  object.Text("state", side.directory);
  object.Time("clock", side.clock);
  object.Text("definitions", side.definitions);
  object.Number("leads", leads);
}

void AppendDefinitions(const query::DefinitionsDifference& definitions, std::string* out) {
  JsonObject object(out);
  object.Boolean("same", definitions.same_text);
  object.Texts("changed", definitions.changed);
  object.Texts("onlyLeft", definitions.only_left);
  object.Texts("onlyRight", definitions.only_right);
}

void AppendReasons(const query::StateDiff& diff, std::string* out) {
  JsonObject object(out);
  for (size_t i = 0; i < query::kDiffReasonCount; ++i) {
    JsonObject reason(object.Key(kDiffReasonNames[i].key));
    reason.Number("leads", diff.reasons[i].leads);
    reason.Number("records", diff.reasons[i].records);
  }
}

void AddCauses(const query::CauseCount& count, JsonObject* object) {
  object->Number("leads", count.leads);
  object->Number("byHistory", count.by_history);
  object->Number("byDefinitions", count.by_definitions);
}

void AppendFields(const query::StateDiff& diff, std::string* out) {
  JsonObject fields(out);
  for (const auto& [name, count] : diff.fields) {
    JsonObject field(fields.Key(name));
    AddCauses(count, &field);
  }
}

void AddSegment(const query::SegmentCount& segment, JsonObject* object) {
  AddCauses(segment.moved, object);
  object->Number("onlyLeft", segment.only_left);
  object->Number("onlyRight", segment.only_right);
}

void AppendSegments(const query::StateDiff& diff, std::string* out) {
  AppendJsonArray(diff.segments, out, [out](const auto& segment) {
    JsonObject object(out);
    object.Text("tenant", segment.first.first);
    object.Text("segment", segment.first.second);
    AddSegment(segment.second, &object);
  });
}

void AddIds(std::string_view key, const query::DifferentIds& ids, JsonObject* object) {
  JsonObject of(object->Key(key));
  of.Number("count", ids.count);
  of.Texts("first", ids.first);
}

void AddCauseNames(const query::Causes& causes, JsonObject* object) {
  std::vector<std::string> names;
  if (causes.history) names.emplace_back("history");
  if (causes.definitions) names.emplace_back("definitions");
  object->Texts("by", names);
}

void AppendField(const query::ViewField& field, std::string* out) {
  JsonObject object(out);
  object.Text("field", field.name);
  object.Text("left", field.left);
  object.Text("right", field.right);
  AddCauseNames(field.causes, &object);
}

void AddDifference(const query::LeadDifference& lead, JsonObject* object) {
  std::string* const out = object->Key("fields");
  AppendJsonArray(lead.fields, out, [out](const query::ViewField& field) { AppendField(field, out); });
  object->Key("segments");
  AppendJsonArray(lead.segments, out, [out](const query::SegmentDifference& segment) {
    JsonObject of(out);
    of.Text("segment", segment.id);
    of.Text("in", segment.in_left ? "left" : "right");
    AddCauseNames(segment.causes, &of);
  });
  for (size_t i = 0; i < query::kDiffReasonCount; ++i) {
    const query::DifferentIds* ids = query::IdsOf(lead.history, static_cast<query::DiffReason>(i));
    if (ids != nullptr) AddIds(kDiffReasonNames[i].key, *ids, object);
  }
  object->Texts("profile", lead.history.profile);
}

void AppendSample(const query::LeadDifference& lead, std::string* out) {
  JsonObject object(out);
  object.Text("tenant", lead.key.tenant);
  object.Text("lead", lead.key.lead);
  object.Boolean("mailbox", lead.is_mailbox);
  object.Text("in", lead.held_by == query::HeldBy::kBoth   ? "both"
                    : lead.held_by == query::HeldBy::kLeft ? "left"
                                                           : "right");
  object.Key("reasons");
  AppendJsonArray(query::ReasonsOf(lead), out,
                  [out](query::DiffReason reason) { AppendJsonString(NameOf(reason).key, out); });
  if (lead.held_by == query::HeldBy::kBoth) AddDifference(lead, &object);
}

}  // namespace

std::string DiffJson(const query::DiffReport& report) {
  const query::StateDiff& diff = report.diff;
  std::string out;
  JsonObject object(&out);
  object.Boolean("equal", diff.equal());
  object.Time("at", diff.at);
  AppendSide(report.left, diff.leads_left, object.Key("left"));
  AppendSide(report.right, diff.leads_right, object.Key("right"));
  AppendDefinitions(report.definitions, object.Key("definitions"));
  object.Number("same", diff.same);
  object.Number("different", diff.different);
  object.Number("mailboxesDifferent", diff.mailboxes_different);
  object.Number("onlyLeft", diff.only_left());
  object.Number("onlyRight", diff.only_right());
  AppendReasons(diff, object.Key("reasons"));
  AppendFields(diff, object.Key("fields"));
  AppendSegments(diff, object.Key("segments"));
  JsonObject other(object.Key("otherSegments"));
  AddSegment(diff.other_segments, &other);
  other.End();
  object.Key("samples");
  AppendJsonArray(diff.samples, &out, [&out](const query::LeadDifference& lead) { AppendSample(lead, &out); });
  object.End();
  return out + "\n";
}

}  // namespace leadpulse::tools
