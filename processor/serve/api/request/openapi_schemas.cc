#include "processor/serve/api/request/openapi_schemas.h"

#include <string>
#include <utility>

namespace leadpulse::serve::openapi {

Document SchemaOf(std::string_view type) {
  if (type == "strings") return {{"type", "array"}, {"items", {{"type", "string"}}}};
  return {{"type", type}};
}

Document ObjectOf(const std::vector<BodyMember>& members) {
  Document schema = {{"type", "object"}, {"properties", Document::object()}};
  for (const BodyMember& member : members) {
    schema["properties"][std::string(member.name)] = SchemaOf(member.type);
    if (member.required) schema["required"].push_back(member.name);
  }
  return schema;
}

namespace {

// An object that may get more members.
Document Open(const std::vector<BodyMember>& members) {
  Document schema = ObjectOf(members);
  schema["additionalProperties"] = true;
  return schema;
}

void AddMember(std::string_view name, Document schema, Document* object) {
  (*object)["properties"][std::string(name)] = std::move(schema);
  (*object)["required"].push_back(name);
}

Document ArrayOf(const std::vector<BodyMember>& members) { return {{"type", "array"}, {"items", Open(members)}}; }

// A published change.
Document TimelineChange() {
  Document change = Open({{"seq", "string", true},
                          {"at", "string", true},
                          {"kind", "string", true},
                          {"name", "string"},
                          {"from", "string"},
                          {"to", "string"},
                          {"actor", "string"}});
  change["properties"]["cause"] = {{"type", "object"}, {"additionalProperties", true}};
  return change;
}

// An entry of a timeline. Its member named by `kind` has the content.
Document TimelineEntry() {
  Document entry = Open({{"at", "string", true}, {"kind", "string", true}});
  const auto edit_of = [](std::string_view added, std::string_view removed) {
    return Open(
        {{"at", "string", true}, {"actor", "string", true}, {added, "strings", true}, {removed, "strings", true}});
  };
  entry["properties"]["attributes"] = edit_of("set", "unset");
  for (const char* kind : {"tags", "lists", "campaigns"}) entry["properties"][kind] = edit_of("added", "removed");
  entry["properties"]["change"] = TimelineChange();
  return entry;
}

void AddReadSchemas(Document* schemas) {
  const Document any_object = {{"type", "object"}, {"additionalProperties", true}};
  const Document cursor = {{"type", {"string", "null"}}};
  const Document timeline = {{"type", "array"}, {"items", TimelineEntry()}};
  (*schemas)["Explanation"] = Open({{"id", "string", true}, {"sendable", "boolean", true}, {"status", "string", true}});
  for (const char* member : {"score", "tier", "stage"}) AddMember(member, any_object, &(*schemas)["Explanation"]);
  (*schemas)["Timeline"] = Open({{"id", "string", true}});
  AddMember("entries", timeline, &(*schemas)["Timeline"]);
  AddMember("cursor", cursor, &(*schemas)["Timeline"]);
  (*schemas)["Export"] = Open({{"id", "string", true}});
  for (const char* member : {"contact", "explanation"}) AddMember(member, any_object, &(*schemas)["Export"]);
  AddMember("timeline", timeline, &(*schemas)["Export"]);
  (*schemas)["Duplicates"] = Open({});
  AddMember("duplicates",
            ArrayOf({{"address", "string", true},
                     {"leads", "integer", true},
                     {"sendable", "integer", true},
                     {"firstLeads", "strings", true}}),
            &(*schemas)["Duplicates"]);
  AddMember("cursor", cursor, &(*schemas)["Duplicates"]);
  (*schemas)["Segments"] = Open({});
  AddMember("segments",
            ArrayOf({{"id", "string", true}, {"name", "string"}, {"rule", "string", true}, {"count", "integer", true}}),
            &(*schemas)["Segments"]);
  (*schemas)["Pipeline"] = Open({{"warnings", "strings", true}});
  Document column = Open(
      {{"stage", "string", true}, {"locked", "boolean", true}, {"count", "integer", true}, {"href", "string", true}});
  AddMember("contacts", {{"type", "array"}, {"items", {{"$ref", "#/components/schemas/Contact"}}}}, &column);
  AddMember("cursor", cursor, &column);
  AddMember("stages", {{"type", "array"}, {"items", column}}, &(*schemas)["Pipeline"]);
  (*schemas)["Topics"] = Open({});
  AddMember("topics", ArrayOf({{"id", "string", true}, {"name", "string", true}}), &(*schemas)["Topics"]);
  (*schemas)["Campaigns"] = Open({});
  AddMember("campaigns", ArrayOf({{"id", "string", true}, {"assigned", "integer", true}, {"reached", "integer", true}}),
            &(*schemas)["Campaigns"]);
}

// Only in answers of a front that has several runs.
void AddPartialMembers(Document* schemas) {
  for (const char* name : {"Page", "Duplicates", "Segments", "Pipeline", "Campaigns", "Report", "SegmentPreview"}) {
    Document& properties = (*schemas)[name]["properties"];
    properties["partial"] = SchemaOf("boolean");
    properties["missingPartitions"] = {{"type", "array"}, {"items", SchemaOf("integer")}};
  }
}

// Only until the run has its index.
void AddIndexing(Document* schemas) {
  Document percent = SchemaOf("integer");
  percent["description"] = "How much of the index is made, in percent. Until all is, answers take longer.";
  for (const char* name : {"Page", "Segments", "Pipeline", "Campaigns", "Report"}) {
    (*schemas)[name]["properties"]["indexing"] = percent;
  }
}

void AddReportSchema(Document* schemas) {
  (*schemas)["Report"] = Open({{"report", "string", true}});
  AddMember("leads", Open({{"count", "integer", true}, {"href", "string", true}}), &(*schemas)["Report"]);
  AddMember("rows", {{"type", "array"}, {"items", {{"type", "object"}, {"additionalProperties", true}}}},
            &(*schemas)["Report"]);
}

void AddDefinitionSchemas(Document* schemas) {
  const Document maybe = {{"type", {"boolean", "null"}}};
  const Document contacts = {{"type", "array"}, {"items", {{"$ref", "#/components/schemas/Contact"}}}};
  (*schemas)["Segment"] = Open({{"id", "string", true},
                                {"name", "string", true},
                                {"rule", "string", true},
                                {"version", "string", true},
                                {"href", "string", true}});
  AddMember("inForce", maybe, &(*schemas)["Segment"]);
  (*schemas)["Definitions"] = Open({{"version", "string", true}, {"text", "string", true}});
  AddMember("tenant", {{"type", {"string", "null"}}}, &(*schemas)["Definitions"]);
  AddMember("inForce", maybe, &(*schemas)["Definitions"]);
  (*schemas)["SegmentPreview"] = Open({{"rule", "string", true},
                                       {"count", "integer", true},
                                       {"before", "integer", true},
                                       {"enter", "integer", true},
                                       {"leave", "integer", true}});
  for (const char* member : {"entering", "leaving"}) AddMember(member, contacts, &(*schemas)["SegmentPreview"]);
  AddMember("others", ArrayOf({{"id", "string", true}, {"enter", "integer", true}, {"leave", "integer", true}}),
            &(*schemas)["SegmentPreview"]);
}

void AddAdministrationSchemas(Document* schemas) {
  const std::vector<BodyMember> user = {{"name", "string", true},
                                        {"tenant", "string", true},
                                        {"role", "string", true},
                                        {"agent", "string", true},
                                        {"disabled", "boolean", true}};
  const std::vector<BodyMember> token = {
      {"id", "integer", true},   {"label", "string", true},  {"tenant", "string", true}, {"role", "string", true},
      {"agent", "string", true}, {"scopes", "string", true}, {"created", "string", true}};
  (*schemas)["User"] = Open(user);
  (*schemas)["Token"] = Open(token);
  (*schemas)["Users"] = Open({});
  AddMember("users", ArrayOf(user), &(*schemas)["Users"]);
  (*schemas)["Tokens"] = Open({});
  AddMember("tokens", ArrayOf(token), &(*schemas)["Tokens"]);
  (*schemas)["AuditPage"] = Open({});
  AddMember("lines",
            ArrayOf({{"number", "integer", true},
                     {"at", "string", true},
                     {"who", "string", true},
                     {"action", "string", true},
                     {"outcome", "string", true}}),
            &(*schemas)["AuditPage"]);
  AddMember("cursor", {{"type", {"string", "null"}}}, &(*schemas)["AuditPage"]);
  (*schemas)["Tenants"] = Open({{"tenants", "strings", true}});
  (*schemas)["Tenant"] = Open({{"tenant", "string", true}});
  (*schemas)["Done"] = Open({});
}

void AddJobSchemas(Document* schemas) {
  const std::vector<BodyMember> job = {{"id", "string", true},      {"kind", "string", true},
                                       {"state", "string", true},   {"cancelling", "boolean", true},
                                       {"done", "integer", true},   {"wrong", "integer", true},
                                       {"created", "string", true}, {"startedBy", "string", true},
                                       {"detail", "string", false}, {"file", "string", false}};
  (*schemas)["Job"] = Open(job);
  AddMember("total", {{"type", {"integer", "null"}}}, &(*schemas)["Job"]);
  AddMember("reasons", {{"type", "object"}, {"additionalProperties", {{"type", "integer"}}}}, &(*schemas)["Job"]);
  (*schemas)["Job"]["properties"]["state"]["enum"] = {"pending", "running", "done", "cancelled", "failed", "uploaded"};
  (*schemas)["Import"] = (*schemas)["Job"];
  AddMember("encoding", {{"type", "string"}}, &(*schemas)["Import"]);
  AddMember("delimiter", {{"type", "string"}}, &(*schemas)["Import"]);
  (*schemas)["Import"]["properties"]["columns"] = ArrayOf({{"name", "string", true},
                                                           {"is", "string", true},
                                                           {"meaning", "string", true},
                                                           {"hidesOptOuts", "boolean", true}});
  (*schemas)["Jobs"] = Open({});
  AddMember("jobs", {{"type", "array"}, {"items", {{"$ref", "#/components/schemas/Job"}}}}, &(*schemas)["Jobs"]);
  (*schemas)["DryRun"] = Open({{"dryRun", "boolean", true}, {"count", "integer", true}, {"missing", "integer", true}});
  AddMember("contacts", {{"type", "array"}, {"items", {{"$ref", "#/components/schemas/Contact"}}}},
            &(*schemas)["DryRun"]);
}

}  // namespace

Document Schemas() {
  Document schemas;
  schemas["Contact"] = Open({{"id", "string", true},
                             {"score", "integer", true},
                             {"tier", "string", true},
                             {"emailStatus", "string", true},
                             {"sendable", "boolean", true},
                             {"stage", "string", true},
                             {"agent", "string", true},
                             {"tags", "strings", true},
                             {"lists", "strings", true},
                             {"campaigns", "strings", true},
                             {"segments", "strings", true},
                             {"version", "string", false}});
  schemas["Contact"]["properties"]["profile"] = {{"type", "object"}, {"additionalProperties", true}};
  schemas["Page"] = Open({{"rule", "string", true},
                          {"warnings", "strings", true},
                          {"count", "integer", false},
                          {"countIsEstimate", "boolean", false}});
  schemas["Page"]["properties"]["contacts"] = {{"type", "array"},
                                               {"items", {{"$ref", "#/components/schemas/Contact"}}}};
  schemas["Page"]["properties"]["searched"] = {{"type", {"integer", "null"}}};
  schemas["Page"]["properties"]["cursor"] = {{"type", {"string", "null"}}};
  schemas["Page"]["required"].insert(schemas["Page"]["required"].end(), {"contacts", "cursor"});
  schemas["Command"] = Open({{"command", "string", true},
                             {"state", "string", true},
                             {"contact", "string", false},
                             {"code", "string", false},
                             {"detail", "string", false}});
  schemas["Command"]["properties"]["state"]["enum"] = {"pending", "applied", "refused", "unknown"};
  AddReadSchemas(&schemas);
  AddReportSchema(&schemas);
  AddDefinitionSchemas(&schemas);
  AddPartialMembers(&schemas);
  AddIndexing(&schemas);
  AddAdministrationSchemas(&schemas);
  AddJobSchemas(&schemas);
  schemas["Link"] = Open({{"id", "string", true}, {"url", "string", true}});
  schemas["Erased"] = Open({{"erased", "boolean", true}});
  schemas["Problem"] = Open({{"type", "string", true},
                             {"status", "integer", true},
                             {"code", "string", true},
                             {"detail", "string", true},
                             {"field", "string", false},
                             {"hint", "string", false}});
  return schemas;
}

}  // namespace leadpulse::serve::openapi
