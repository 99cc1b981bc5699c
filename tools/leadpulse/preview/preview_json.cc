#include <array>
#include <string>
#include <string_view>

#include "processor/base/json_object.h"
#include "processor/rules/language/printer.h"
#include "tools/leadpulse/preview/preview_output.h"

namespace leadpulse::tools {
namespace {

// Names by query::DefinedIn.
constexpr std::array<std::string_view, 3> kDefinedInNames = {"both", "before", "after"};

void AppendReason(const rules::Reason& reason, std::string* out) {
  JsonObject object(out);
  object.Text("rule", rules::PrintNode(*reason.predicate));
  object.Boolean("holds", reason.holds);
  object.Boolean("fieldIsUnset", reason.field_is_unset);
}

void AppendSamples(const query::Samples& samples, std::string* out) {
  AppendJsonArray(samples.ascending(), out, [out](const query::Sample& sample) {
    JsonObject object(out);
    object.Text("lead", sample.lead);
    object.Number("scoreBefore", sample.score_before);
    object.Number("scoreAfter", sample.score_after);
    object.Text("tierBefore", sample.tier_before);
    object.Text("tierAfter", sample.tier_after);
    AppendJsonArray(sample.reasons, object.Key("reasons"),
                    [out](const rules::Reason& reason) { AppendReason(reason, out); });
  });
}

// Adds the members of a tier's or segment's object.
void AddFlow(const query::Flow& flow, JsonObject* object) {
  object->Number("before", flow.before);
  object->Number("enter", flow.enter);
  object->Number("leave", flow.leave);
  object->Number("after", flow.after());
  object->Text("definedIn", kDefinedInNames[static_cast<size_t>(flow.defined_in)]);
  AppendSamples(flow.entering, object->Key("entering"));
  AppendSamples(flow.leaving, object->Key("leaving"));
}

void AppendInByUnset(const query::InByUnset& in_by_unset, std::string* out) {
  JsonObject object(out);
  object.Number("leads", in_by_unset.leads);
  JsonObject fields(object.Key("byField"));
  for (const auto& [name, count] : in_by_unset.by_field) fields.Number(name, count);
  fields.End();
}

void AppendTiers(const query::TenantPreview& tenant, std::string* out) {
  JsonObject by_name(out);
  for (const query::Flow& flow : tenant.tiers) {
    JsonObject object(by_name.Key(flow.name));
    AddFlow(flow, &object);
  }
}

void AppendSegments(const query::TenantPreview& tenant, std::string* out) {
  JsonObject by_id(out);
  for (const query::SegmentPreview& segment : tenant.segments) {
    JsonObject object(by_id.Key(segment.flow.name));
    AddFlow(segment.flow, &object);
    AppendInByUnset(segment.in_by_unset, object.Key("inByUnset"));
  }
}

void AppendFields(const query::TenantPreview& tenant, std::string* out) {
  JsonObject by_name(out);
  for (const auto& [name, field] : tenant.fields) {
    JsonObject object(by_name.Key(name));
    object.Number("leads", field.leads);
    object.Number("unreadable", field.unreadable);
    object.TextOrNull("declared",
                      field.declared ? std::optional(std::string(FieldTypeName(*field.declared))) : std::nullopt);
    object.Boolean("noLeadHasIt", field.leads == 0);
    object.TextOrNull("nearest", field.nearest);
  }
}

}  // namespace

std::string PreviewJson(const query::Preview& preview, const std::function<void(JsonObject*)>& add) {
  std::string out;
  JsonObject object(&out);
  object.Time("at", preview.at);
  if (add) add(&object);
  JsonObject tenants(object.Key("tenants"));
  for (const auto& [name, counts] : preview.tenants) {
    JsonObject tenant(tenants.Key(name));
    tenant.Number("leads", counts.leads);
    AppendTiers(counts, tenant.Key("tiers"));
    AppendSegments(counts, tenant.Key("segments"));
    AppendFields(counts, tenant.Key("fields"));
  }
  tenants.End();
  object.End();
  return out + "\n";
}

}  // namespace leadpulse::tools
