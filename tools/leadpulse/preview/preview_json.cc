#include <string>
#include <vector>

#include "processor/base/json_object.h"
#include "processor/rules/printer.h"
#include "tools/leadpulse/preview/preview_output.h"

namespace leadpulse::tools {
namespace {

void Count(std::string_view key, uint64_t count, JsonObject* object) {
  object->Number(key, static_cast<int64_t>(count));
}

// Appends `[a,b,…]`, each element written by `append`.
template <typename Elements, typename Append>
void AppendArray(const Elements& elements, std::string* out, const Append& append) {
  *out += '[';
  bool first = true;
  for (const auto& element : elements) {
    if (!first) *out += ',';
    first = false;
    append(element);
  }
  *out += ']';
}

std::string_view DefinedInName(DefinedIn defined_in) {
  switch (defined_in) {
    case DefinedIn::kBoth:
      return "both";
    case DefinedIn::kBefore:
      return "before";
    case DefinedIn::kAfter:
      return "after";
  }
  return "";
}

void AppendReason(const rules::Reason& reason, std::string* out) {
  JsonObject object(out);
  object.Text("rule", rules::PrintNode(*reason.predicate));
  object.Boolean("holds", reason.holds);
  object.Boolean("fieldIsUnset", reason.field_is_unset);
  object.End();
}

void AppendSamples(const Samples& samples, std::string* out) {
  AppendArray(samples.ascending(), out, [out](const Sample& sample) {
    JsonObject object(out);
    object.Text("lead", sample.lead);
    object.Number("scoreBefore", sample.score_before);
    object.Number("scoreAfter", sample.score_after);
    object.Text("tierBefore", sample.tier_before);
    object.Text("tierAfter", sample.tier_after);
    AppendArray(sample.reasons, object.Key("reasons"),
                [out](const rules::Reason& reason) { AppendReason(reason, out); });
    object.End();
  });
}

// The members of a tier's or segment's object.
void AddFlow(const Flow& flow, JsonObject* object) {
  Count("before", flow.before, object);
  Count("enter", flow.enter, object);
  Count("leave", flow.leave, object);
  Count("after", flow.after(), object);
  object->Text("definedIn", DefinedInName(flow.defined_in));
  AppendSamples(flow.entering, object->Key("entering"));
  AppendSamples(flow.leaving, object->Key("leaving"));
}

void AppendInByUnset(const InByUnset& in_by_unset, std::string* out) {
  JsonObject object(out);
  Count("leads", in_by_unset.leads, &object);
  JsonObject fields(object.Key("byField"));
  for (const auto& [name, count] : in_by_unset.by_field) Count(name, count, &fields);
  fields.End();
  object.End();
}

void AppendTiers(const TenantPreview& tenant, std::string* out) {
  JsonObject by_name(out);
  for (const Flow& flow : tenant.tiers) {
    JsonObject object(by_name.Key(flow.name));
    AddFlow(flow, &object);
    object.End();
  }
  by_name.End();
}

void AppendSegments(const TenantPreview& tenant, std::string* out) {
  JsonObject by_id(out);
  for (const SegmentPreview& segment : tenant.segments) {
    JsonObject object(by_id.Key(segment.flow.name));
    AddFlow(segment.flow, &object);
    AppendInByUnset(segment.in_by_unset, object.Key("inByUnset"));
    object.End();
  }
  by_id.End();
}

void TextOrNull(std::string_view key, const std::optional<std::string>& text, JsonObject* object) {
  if (text) {
    object->Text(key, *text);
  } else {
    *object->Key(key) += "null";
  }
}

void AppendFields(const TenantPreview& tenant, std::string* out) {
  JsonObject by_name(out);
  for (const auto& [name, field] : tenant.fields) {
    JsonObject object(by_name.Key(name));
    Count("leads", field.leads, &object);
    Count("unreadable", field.unreadable, &object);
    TextOrNull("declared", field.declared ? std::optional(std::string(FieldTypeName(*field.declared))) : std::nullopt,
               &object);
    object.Boolean("noLeadHasIt", field.leads == 0);
    TextOrNull("nearest", field.nearest, &object);
    object.End();
  }
  by_name.End();
}

}  // namespace

std::string PreviewJson(const Preview& preview) {
  std::string out;
  JsonObject object(&out);
  object.Time("at", preview.at);
  JsonObject tenants(object.Key("tenants"));
  for (const auto& [name, counts] : preview.tenants) {
    JsonObject tenant(tenants.Key(name));
    Count("leads", counts.leads, &tenant);
    AppendTiers(counts, tenant.Key("tiers"));
    AppendSegments(counts, tenant.Key("segments"));
    AppendFields(counts, tenant.Key("fields"));
    tenant.End();
  }
  tenants.End();
  object.End();
  return out + "\n";
}

}  // namespace leadpulse::tools
