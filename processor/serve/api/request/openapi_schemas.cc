#include "processor/serve/api/request/openapi_schemas.h"

#include <map>
#include <string>
#include <utility>

#include "processor/base/text.h"

namespace leadpulse::serve::openapi {

Document SchemaOf(std::string_view type) {
  if (type == "strings") return {{"type", "array"}, {"items", {{"type", "string"}}}};
  if (type == "objects") return {{"type", "array"}, {"items", {{"type", "object"}, {"additionalProperties", true}}}};
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

// Schemas by the names that stand for them in `members`. A name that is not here is one of Schemas().
using Parts = std::map<std::string_view, Document>;

// Returns the schema of `type`: a type of JSON, `any object`, or the name of a schema. `T[]` is an array of T; `T |
// null`, of a type of JSON, may be null.
Document SchemaIn(std::string_view type, const Parts& parts) {
  constexpr std::string_view kArray = "[]", kOrNull = " | null";
  if (type.ends_with(kArray)) {
    type.remove_suffix(kArray.size());
    return {{"type", "array"}, {"items", SchemaIn(type, parts)}};
  }
  if (type.ends_with(kOrNull)) {
    type.remove_suffix(kOrNull.size());
    return {{"type", Document::array({type, "null"})}};
  }
  if (type == "any object") return {{"type", "object"}, {"additionalProperties", true}};
  if (const auto part = parts.find(type); part != parts.end()) return part->second;
  const bool is_name = AsciiLower(type) != type;
  return is_name ? Document{{"$ref", "#/components/schemas/" + std::string(type)}} : SchemaOf(type);
}

// Adds `members`, written as in TypeScript: `id: string, name?: string`, which has an optional name.
void AddMembers(std::string_view members, const Parts& parts, Document* object) {
  for (const std::string_view member : SplitAtCommas(members)) {
    const size_t colon = member.find(':');
    std::string name(TrimAsciiSpace(member.substr(0, colon)));
    const bool is_optional = name.ends_with('?');
    if (is_optional) name.pop_back();
    (*object)["properties"][name] = SchemaIn(TrimAsciiSpace(member.substr(colon + 1)), parts);
    if (!is_optional) (*object)["required"].push_back(name);
  }
}

// Describes an object that may get more members.
Document Open(std::string_view members, const Parts& parts = {}) {
  Document schema = ObjectOf({});
  AddMembers(members, parts, &schema);
  schema["additionalProperties"] = true;
  return schema;
}

Document Empty() { return {{"type", "object"}, {"properties", Document::object()}, {"additionalProperties", true}}; }

// Describes the answer to a request for a list.
Document List(std::string_view members, const Parts& parts = {}) {
  Document schema = Empty();
  AddMembers(members, parts, &schema);
  return schema;
}

// Describes an entry of a timeline. Its member named by `kind` has the content.
Document TimelineEntry() {
  return Open(
      "at: string, kind: string, attributes?: Attributes, tags?: Edit, lists?: Edit, campaigns?: Edit, "
      "change?: Published",
      {{"Attributes", Open("at: string, actor: string, set: string[], unset: string[]")},
       {"Edit", Open("at: string, actor: string, added: string[], removed: string[]")},
       {"Published", Open("seq: string, at: string, kind: string, name?: string, from?: string, to?: string, "
                          "actor?: string, cause?: any object")}});
}

void AddReadSchemas(Document* schemas) {
  const Parts timeline = {{"Entry", TimelineEntry()}};
  (*schemas)["Explanation"] =
      Open("id: string, sendable: boolean, status: string, score: any object, tier: any object, stage: any object");
  (*schemas)["Timeline"] = Open("id: string, entries: Entry[], cursor: string | null", timeline);
  (*schemas)["Export"] = Open("id: string, contact: any object, explanation: any object, timeline: Entry[]", timeline);
  (*schemas)["Duplicates"] =
      List("duplicates: Address[], cursor: string | null",
           {{"Address",
             Open("address: string, leads: integer, sendable: integer, suppressed?: boolean, firstLeads: string[]")}});
  (*schemas)["Segments"] =
      List("segments: Counted[]", {{"Counted", Open("id: string, name?: string, rule: string, count: integer")}});
  (*schemas)["Pipeline"] =
      Open("warnings: string[], stages: Column[]",
           {{"Column", Open("stage: string, locked: boolean, count: integer, href: string, contacts: Contact[], "
                            "cursor: string | null")}});
  const Document named = Open("id: string, count: integer");
  (*schemas)["Tags"] = List("tags: Named[], hasMore: boolean", {{"Named", named}});
  (*schemas)["Agents"] = List("agents: Named[], hasMore: boolean", {{"Named", named}});
  (*schemas)["Lists"] = List("lists: CountedList[], hasMore: boolean",
                             {{"CountedList", Open("id: string, name: string, count: integer")}});
  (*schemas)["Fields"] = List("fields: Field[]", {{"Field", Open("name: string, type: string")}});
  (*schemas)["DeclaredList"] = Open("id: string, name: string");
  (*schemas)["Names"] =
      List("name: string, timezone: string, locale: string, brand: Brand, lists: List[], campaigns: Declared[]",
           {{"Brand", Open("color: string, text: string")},
            {"List", Open("id: string, name: string")},
            {"Declared", Open("id: string, name: string, active: boolean")}});
  (*schemas)["Topics"] = List("topics: Topic[]", {{"Topic", Open("id: string, name: string")}});
  (*schemas)["Campaigns"] = List(
      "campaigns: Campaign[]",
      {{"Campaign", Open("id: string, name: string, active: boolean, assigned: integer, reached: integer, "
                         "assignedMailed: integer, assignedSendable: integer, delivered: integer, opened: integer, "
                         "clicked: integer, replied: integer, unsubscribed: integer")}});
  (*schemas)["Report"] =
      Open("report: string, leads: Leads, rows: any object[]", {{"Leads", Open("count: integer, href: string")}});
  (*schemas)["DayReport"] = Open("report: string, countedFrom?: string, rows: any object[]");
}

// Adds members that are only in answers of a front that has several runs.
void AddPartialMembers(Document* schemas) {
  for (const char* name : {"Page", "Duplicates", "Segments", "Pipeline", "Campaigns", "Tags", "Lists", "Agents",
                           "Report", "DayReport", "SegmentPreview"}) {
    AddMembers("partial?: boolean, missingPartitions?: integer[]", {}, &(*schemas)[name]);
  }
}

// Adds the member that is only in answers until the run has its index.
void AddIndexing(Document* schemas) {
  Document percent = SchemaOf("integer");
  percent["description"] = "How much of the index is made, in percent. Until all is, answers take longer.";
  for (const char* name : {"Page", "Segments", "Pipeline", "Campaigns", "Tags", "Lists", "Agents", "Report"}) {
    (*schemas)[name]["properties"]["indexing"] = percent;
  }
}

void AddDefinitionSchemas(Document* schemas) {
  (*schemas)["Segment"] =
      Open("id: string, name: string, rule: string, version: string, href: string, inForce: boolean | null");
  (*schemas)["Definitions"] = Open("version: string, text: string, tenant: string | null, inForce: boolean | null");
  (*schemas)["SegmentPreview"] = Open(
      "rule: string, count: integer, before: integer, enter: integer, leave: integer, entering: Contact[], "
      "leaving: Contact[], others: Other[]",
      {{"Other", Open("id: string, enter: integer, leave: integer")}});
}

void AddAdministrationSchemas(Document* schemas) {
  const Document user = Open("name: string, tenant: string, role: string, agent: string, disabled: boolean");
  const Document token =
      Open("id: integer, label: string, tenant: string, role: string, agent: string, scopes: string, created: string");
  (*schemas)["User"] = user;
  (*schemas)["Token"] = token;
  (*schemas)["Users"] = List("users: User[]", {{"User", user}});
  (*schemas)["Tokens"] = List("tokens: Token[]", {{"Token", token}});
  (*schemas)["AuditPage"] =
      List("lines: Line[], cursor: string | null",
           {{"Line", Open("number: integer, at: string, who: string, action: string, outcome: string")}});
  (*schemas)["Tenants"] = Open("tenants: string[]");
  (*schemas)["Tenant"] = Open("tenant: string");
  (*schemas)["Done"] = Empty();
}

void AddWebhookSchemas(Document* schemas) {
  (*schemas)["Webhook"] = Open(
      "id: integer, url: string, events: string[], contact: boolean, active: boolean, stopped_because: string | null, "
      "created: string, since: string, waiting: integer, failing_since: string | null, last_error: string | null, "
      "next_attempt: string | null, missed: Missed, secret?: string",
      {{"Missed",
        {{"type", Document::array({"object", "null"})},
         {"properties", {{"from", SchemaOf("string")}, {"until", SchemaOf("string")}}}}}});
  (*schemas)["Webhooks"] = List("webhooks: Webhook[]");
  (*schemas)["Delivery"] = Open(
      "id: integer, kind: string, contact: string | null, state: string, at: string, attempts: integer, duration_ms: "
      "integer, status: integer | null, error: string | null, next_attempt: string | null");
  (*schemas)["Delivery"]["properties"]["state"]["enum"] = {"waiting", "delivered", "failed"};
  (*schemas)["Deliveries"] = List("deliveries: Delivery[]");
}

void AddJobSchemas(Document* schemas) {
  Document& job = (*schemas)["Job"];
  job = Open(
      "id: string, kind: string, state: string, cancelling: boolean, done: integer, wrong: integer, "
      "created: string, at: string | null, startedBy: string, detail?: string, file?: string, undoes?: string, total: "
      "integer | null, "
      "reasons: Counts",
      {{"Counts", {{"type", "object"}, {"additionalProperties", {{"type", "integer"}}}}}});
  job["properties"]["state"]["enum"] = {"pending", "running", "done", "cancelled", "failed", "uploaded"};
  Document import = job, imported = job;
  AddMembers("undoable: integer, undoUntil: string | null, undoneBy?: string, wrongRows?: string", {}, &imported);
  (*schemas)["ImportJob"] = std::move(imported);
  (*schemas)["Imported"] =
      List("contacts: Change[], cursor: string | null",
           {{"Change", Open("id: string, isNew: boolean, changed: string[], left: string | null")}});
  AddMembers(
      "encoding: string, encodingReason: string, delimiter: string, headerRow: integer, findings: Finding[], "
      "columns?: Column[]",
      {{"Column", Open("name: string, is: string, meaning: string, type: string | null, saysWhoGetsNoMail: boolean, "
                       "samples: string[]")},
       {"Finding", Open("column: string | null, what: string, offer: boolean, option?: string")}},
      &import);
  (*schemas)["Import"] = std::move(import);
  (*schemas)["Jobs"] = List("jobs: Job[]");
  (*schemas)["DryRun"] =
      Open("dryRun: boolean, at: string | null, count: integer, missing: integer, contacts: Contact[]");
}

}  // namespace

Document Schemas() {
  Document schemas;
  schemas["Contact"] = Open(
      "id: string, score: integer, tier: string, emailStatus: string, sendable: boolean, stage: string, "
      "agent: string, tags: string[], lists: string[], campaigns: string[], segments: string[], "
      "email?: string | null, created?: string | null, updated?: string | null, version?: string, "
      "profile?: any object, warnings?: string[]");
  schemas["Page"] = Open(
      "rule: string, warnings: string[], count?: integer, countIsEstimate?: boolean, contacts: Contact[], "
      "searched?: integer | null, cursor: string | null");
  schemas["Command"] =
      Open("command: string, state: string, contact?: string, code?: string, detail?: string, warnings?: string[]");
  schemas["Command"]["properties"]["state"]["enum"] = {"pending", "applied", "refused", "unknown"};
  AddReadSchemas(&schemas);
  AddDefinitionSchemas(&schemas);
  AddPartialMembers(&schemas);
  AddIndexing(&schemas);
  AddAdministrationSchemas(&schemas);
  AddWebhookSchemas(&schemas);
  AddJobSchemas(&schemas);
  schemas["Batch"] =
      Open("rows: Row[]", {{"Row", Open("status: integer, id?: string, command: string, problem?: Problem")}});
  schemas["Link"] = Open("id: string, url: string");
  schemas["Erased"] = Open("erased: boolean");
  schemas["Problem"] =
      Open("type: string, status: integer, code: string, detail: string, field?: string, hint?: string");
  return schemas;
}

}  // namespace leadpulse::serve::openapi
