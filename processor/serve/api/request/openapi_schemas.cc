#include "processor/serve/api/request/openapi_schemas.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/engagement.h"
#include "processor/base/text.h"
#include "schemas/codec/records.h"

namespace leadpulse::serve::openapi {

Document SchemaOf(std::string_view type) {
  if (type == "strings") return {{"type", "array"}, {"items", {{"type", "string"}}}};
  if (type == "objects") return {{"type", "array"}, {"items", {{"type", "object"}, {"additionalProperties", true}}}};
  if (type == "null") return {{"const", nullptr}};  // generators of clients know no type `null` by itself
  return {{"type", type}};
}

namespace {

// A form, and what it adds to the schema of a type (RFC 7396). A format that JSON schema does not have says what the
// text means; only the front can check it.
constexpr std::pair<std::string_view, std::string_view> kForms[] = {
    {"address", R"({"format": "uri"})"},
    {"batch", R"({"minItems": 1, "maxItems": 1000, "items": {"type": null, "additionalProperties": null,
                  "$ref": "#/components/schemas/BatchInputRow"}})"},
    {"bulk action", R"({"enum": ["stage", "agent", "tags", "lists", "campaigns", "notes", "topics", "do-not-contact",
                                 "qualification"]})"},
    {"change kinds", R"({"items": {"type": null, "$ref": "#/components/schemas/ChangeKind"}})"},
    {"columns", R"({"format": "columns"})"},
    {"count", R"({"enum": ["none", "estimate", "exact", ""]})"},
    {"cursor", R"({"format": "cursor"})"},
    {"day", R"({"format": "day", "pattern": "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$"})"},
    {"export format", R"({"enum": ["csv", "jsonl"]})"},
    {"exported columns", R"({"minItems": 1, "uniqueItems": true, "items": {"minLength": 1, "format": "column"}})"},
    {"field type", R"({"enum": ["text", "number", "boolean", "date", "day"]})"},
    {"file name", R"({"maxLength": 100, "format": "file-name"})"},
    {"ids", R"({"minItems": 1, "maxItems": 1000, "items": {"minLength": 1}})"},
    {"internal", R"({"enum": ["internal", ""]})"},
    {"key", R"({"pattern": "^[!-.0-~]{1,128}$"})"},
    {"link", R"({"enum": ["unsubscribe_url", ""]})"},
    {"name", R"({"minLength": 1, "maxLength": 1024, "format": "name"})"},
    {"names", R"({"items": {"minLength": 1, "maxLength": 1024, "format": "name"}})"},
    {"note", R"({"minLength": 1, "maxLength": 8192, "format": "note"})"},
    {"page", R"({"minimum": 1, "maximum": 1000})"},
    {"past time", R"({"format": "date-time"})"},
    {"position", R"({"format": "position"})"},
    {"qualification", R"({"minimum": 0, "maximum": 100})"},
    {"report format", R"({"enum": ["json", "csv", "html", ""]})"},
    {"rule", R"({"minLength": 1, "format": "rule"})"},
    {"rule or none", R"({"format": "rule"})"},
    {"search", R"({"minLength": 1, "format": "search"})"},
    {"search or none", R"({"format": "search"})"},
    {"scopes", R"({"pattern": "^(read|write|scan|import|admin)(,(read|write|scan|import|admin))*$"})"},
    {"secret", R"({"pattern": "^whsec_[A-Za-z0-9+/]+=*$"})"},
    {"segment", R"({"format": "segment"})"},
    {"short text", R"({"maxLength": 1024, "format": "short-text"})"},
    {"tag", R"({"minLength": 1, "format": "etag"})"},
    {"tenant", R"({"pattern": "^[A-Za-z0-9_.-]{1,128}$"})"},
    {"time", R"({"format": "date-time"})"},
    {"topic", R"({"minLength": 1, "maxLength": 128, "format": "topic"})"},
    {"topic or none", R"({"maxLength": 128, "format": "topic"})"},
    {"true", R"({"const": true})"},
    {"user", R"({"pattern": "^[A-Za-z0-9_.@+-]{1,128}$"})"},
};

// Returns an object with these members; null is as if an optional one were not there, if `takes_null`.
Document ObjectOf(const std::vector<BodyMember>& members, bool takes_null = false) {
  Document schema = {{"type", "object"}, {"properties", Document::object()}};
  for (const BodyMember& member : members) {
    Document& property = schema["properties"][std::string(member.name)] = WithForm(member.type, member.form);
    if (member.required) schema["required"].push_back(member.name);
    if (takes_null && !member.required) property["type"] = Document::array({property["type"], "null"});
  }
  return schema;
}

}  // namespace

Document WithForm(std::string_view type, std::string_view form) {
  Document schema = SchemaOf(type);
  if (form.empty()) return schema;
  if (AsciiLower(form) != form) return {{"$ref", "#/components/schemas/" + std::string(form)}};
  const auto* found = std::ranges::find(kForms, form, &std::pair<std::string_view, std::string_view>::first);
  LP_ASSERT(found != std::end(kForms));
  schema.merge_patch(Document::parse(found->second));
  return schema;
}

Document BodySchemaOf(const Route& route) {
  if (route.body.empty()) return {{"$ref", "#/components/schemas/ContactInput"}};
  Document variants = Document::array();
  const auto add = [&](const std::vector<BodyMember>& members) {
    variants.push_back(ObjectOf(members, route.kind == RouteKind::kAct));
    variants.back()["additionalProperties"] = false;
  };
  for (const BodyMember& choice : route.body) {
    if (!choice.is_choice) continue;
    std::vector<BodyMember> members;
    for (const BodyMember& member : route.body) {
      if (!member.is_choice || member.name == choice.name) members.push_back(member);
      if (member.name == choice.name) members.back().required = true;
    }
    add(members);
  }
  if (!variants.empty() && !route.needs_choice) {
    std::vector<BodyMember> members = route.body;
    std::erase_if(members, [](const BodyMember& member) { return member.is_choice; });
    add(members);
  }
  if (!variants.empty()) return {{"oneOf", std::move(variants)}};
  add(route.body);
  return variants.front();
}

namespace {

// An object. `members` are written as in TypeScript: `id: string, name?: string`, which has an optional name. A type is
// one of JSON; `any`; `any object`; `time`; or the name of a schema. `T[]` is an array of T, `map T` an object whose
// members are T, and `T | null` may be null. The name is not that of a member in another case, because generators of
// clients make a variable of each.
struct NamedSchema {
  std::string_view name;
  std::string_view members;
  std::string_view base = {};  // the name of a schema above, whose members it has, too
  bool is_closed = false;      // a typed client refuses members that are not in it
};

// Members of answers of a front that has several runs, and of those while a run makes its index.
#define LP_RUN_STATE ", partial?: boolean, missing_partitions?: integer[], indexing?: integer, at: time"

constexpr NamedSchema kContacts[] = {
    {"Note", "text: string, at: time, actor: string, command_id?: string"},
    {"Consent", "granted: boolean, source: string, at: time"},
    {"ConsentEntry",
     "purpose: string, granted: boolean, at: time, actor: string, source: string, version?: string, issued_at?: time"},
    {"Counts",
     "sent: integer, delivered: integer, open: integer, click: integer, reply: integer, bounce: integer, "
     "unsubscribe: integer, resubscribe: integer, complaint: integer, page_visit: integer, custom: integer"},
    {"Row",
     "id: string, tenant_id: string, lead_id: string, seq: integer, score: integer, tier: string, "
     "email_status: EmailStatus, sendable: boolean, do_not_contact: boolean, stage: Stage, status: string, "
     "quality: integer, qualification: integer, agent: string, segments: string[], lists: string[], tags: "
     "string[], campaigns: string[], topics_out: string[], consents: map Consent, notes: Note[], profile: any "
     "object, counts: Counts, last_at: map time, email: string | null, created: time | null, updated?: time | "
     "null, version: string"},
    {"Scope", "in?: time, out?: time"},
    {"StatusFacts", "everything: Scope, topics: map Scope, complaint?: time, hard_bounce?: time, sign_of_life?: time"},
    {"Address",
     "uses?: string, registration: string, standing: StatusFacts, also_used_by: string[] | null, used_by: "
     "string[]"},
    {"Event",
     "event_id: string, type: string, occurred_at: time, campaign_id?: string, message_id?: string, name?: "
     "string, properties?: any object, bounce_kind?: string, machine?: boolean, retracted?: boolean, "
     "retracts?: string, topic?: string, through?: string"},
    {"HardBounces", "count: integer, first_at: time | null, last_at: time | null"},
    {"Folded",
     "newest_at: time, newest_event_id: string, counts: Counts, first_at: map time, last_at: map time, "
     "hard_bounces: HardBounces"},
    {"StageSetting", "stage: Stage, at: time"},
    {"Contact",
     "at: time, no_change_before: time | null, stage_since: time | null, address: Address | null, "
     "attributes: any object, consent_ledger: "
     "ConsentEntry[], do_not_contact_reason: string, stage_set: StageSetting | null, qualification_set: integer | "
     "null, last_address: string, address_changed_at: time | null, first_command_at: time | null, newest_command_at: "
     "time | null, erased_at: time | null, events: Event[], folded: Folded | null, status_facts: StatusFacts | null, "
     "command_ids?: string[], warnings?: string[]",
     "Row"},
    {"Page",
     "rule: string, warnings: string[], count?: integer, count_is_estimate?: boolean, contacts: FoundRow[], "
     "searched?: integer | null, cursor: string | null" LP_RUN_STATE},
    // Attributes may also stand beside the others. A typed client has them in `attributes`, so that it finds a
    // member that is spelled wrong.
    {"ContactInput",
     "id?: string | null, email?: string | null, first_name?: string | null, last_name?: string | null, phone?: string "
     "| null, company?: string | null, attributes?: any object, stage?: Stage, agent?: string | null, qualification?: "
     "integer | null, tags?: string[] | null, lists?: string[] | null, campaigns?: string[] | null, consents?: any "
     "object, notes?: string, do_not_contact?: boolean, do_not_contact_reason?: string | null, unsubscribed?: boolean "
     "| null, topics?: map boolean | null, topics_out?: string[]",
     {},
     true},
    {"Command",
     "command: string, state: CommandState, contact?: string, at?: time, position?: string, code?: string, "
     "detail?: string, warnings?: string[]"},
    {"Problem",
     "type: string, status: integer, code: string, detail: string, field?: string, hint?: string, existing?: any "
     "object, contact?: any object, contacts?: string[], errors?: any object[]"},
    {"BatchRow", "status: integer, id?: string, command: string, unsubscribe_url?: string, problem?: Problem"},
    {"Batch", "rows: BatchRow[]"},
    {"BatchInputRow", "action: BatchAction, id?: string, if_match?: string, contact: ContactInput", {}, true},
    {"Link", "id: string, url: string"},
    {"Erased", "erased: boolean"},
};

constexpr NamedSchema kReads[] = {
    {"Decision", "value: string, reason: string, at: time | null, event_id: string, through?: string"},
    {"Contribution",
     "rule: integer, description: string, event_id?: string, type?: string, occurred_at?: time, "
     "through?: string, outcome: string, points: integer, changes_at: time | null"},
    {"ScoreExplanation",
     "value: integer, sum: integer, excluded: boolean, reset_at: time | null, changes_at: time | "
     "null, changes_to: integer | null, contributions: Contribution[]"},
    {"TierExplanation", "value: string, changes_at: time | null, changes_to: string | null"},
    {"QualityPart", "name: string, points: integer"},
    {"QualityExplanation", "value: integer, changes_at: time | null, changes_to: integer | null, parts: QualityPart[]"},
    {"RuleLine", "depth: integer, rule: string, holds: boolean, no_change_before: time | null"},
    {"SegmentExplanation", "id: string, name: string, holds: boolean, changes_at: time | null, rule: RuleLine[]"},
    {"Explanation",
     "id?: string, tenant_id: string, lead_id: string, at: time, score: ScoreExplanation, tier: "
     "TierExplanation, email_status: Decision, sendable: boolean, sendable_reason?: string, topics: map "
     "Decision, stage: Decision, status: string, quality: QualityExplanation, qualification: integer, "
     "segments: SegmentExplanation[], searched_until: time | null"},
    {"Edit", "added: string[], removed: string[], at: time, actor: string"},
    {"AttributesEdit", "set: string[], unset: string[], at: time, actor: string"},
    {"StageEdit", "stage: Stage, at: time, actor: string"},
    {"AgentEdit", "agent_id: string, at: time, actor: string"},
    {"QualificationEdit", "score: integer | null, at: time, actor: string"},
    {"DoNotContactEdit", "value: boolean, at: time, actor: string"},
    {"Cause", "kind: string, id?: string"},
    {"Change",
     "tenant_id: string, lead_id: string, seq: integer, at: time, kind: ChangeKind, name?: string, from?: "
     "string, to?: string, backfill?: boolean, updated?: string[], actor?: string, cause: Cause"},
    {"TimelineEntry",
     "at: time, kind: string, event?: Event, note?: Note, consent?: ConsentEntry, stage?: StageEdit, agent?: "
     "AgentEdit, qualification?: QualificationEdit, do_not_contact?: DoNotContactEdit, attributes?: AttributesEdit, "
     "tags?: Edit, lists?: Edit, campaigns?: Edit, change?: Change"},
    {"Timeline", "id: string, entries: TimelineEntry[], folded: Folded | null, cursor: string | null, at: time"},
    {"Export", "id: string, contact: any object, explanation: Explanation, timeline: TimelineEntry[]"},
    {"SharedAddress",
     "address: string, leads: integer, sendable: integer, suppressed?: boolean, first_leads: string[]"},
    {"DuplicatesAnswer", "duplicates: SharedAddress[], cursor: string | null" LP_RUN_STATE},
    {"CountedSegment",
     "id: string, name?: string, rule: string, count: integer, entered_today?: integer, left_today?: integer"},
    {"SegmentsAnswer", "segments: CountedSegment[]" LP_RUN_STATE},
    {"Card", "stage_since: time | null", "Row"},
    {"Column", "stage: Stage, locked: boolean, count: integer, href: string, contacts: Card[], cursor: string | null"},
    {"Pipeline", "warnings: string[], stages: Column[]" LP_RUN_STATE},
    {"Counted", "id: string, count: integer"},
    {"TagsAnswer", "tags: Counted[], has_more: boolean" LP_RUN_STATE},
    {"AgentsAnswer", "agents: Counted[], has_more: boolean" LP_RUN_STATE},
    {"CountedList", "id: string, name: string, count: integer"},
    {"ListsAnswer", "lists: CountedList[], has_more: boolean" LP_RUN_STATE},
    {"Warning", "line?: integer, column?: integer, message: string"},
    {"Field", "name: string, type: string, warnings?: Warning[]"},
    {"FieldsAnswer", "fields: Field[]"},
    {"DeclaredList", "id: string, name: string"},
    {"DeclaredCampaign", "id: string, name: string, active: boolean"},
    {"Brand", "color: string, text: string"},
    {"Names",
     "name: string, timezone: string, locale: string, brand: Brand, lists: DeclaredList[], campaigns: "
     "DeclaredCampaign[]"},
    {"Topic", "id: string, name: string"},
    {"TopicsAnswer", "topics: Topic[]"},
    {"Campaign",
     "id: string, name: string, active: boolean, assigned: integer, reached: integer, assigned_mailed: "
     "integer, assigned_sendable: integer, delivered: integer, opened: integer, clicked: integer, replied: "
     "integer, unsubscribed: integer"},
    {"OtherCampaigns", "assigned: integer, reached: integer"},
    {"CampaignsAnswer", "campaigns: Campaign[], others: OtherCampaigns | null" LP_RUN_STATE},
    {"Leads", "count: integer, href: string"},
    {"Report",
     "report: string, leads: Leads, min?: integer, median?: integer, max?: integer, rows: any "
     "object[]" LP_RUN_STATE},
    {"DayReport", "report: string, counted_from?: time, rows: any object[], warnings?: string[]" LP_RUN_STATE},
};

constexpr NamedSchema kSettings[] = {
    {"Segment",
     "id: string, name: string, rule: string, version: string, href: string, in_force: boolean | null, warnings?: "
     "Warning[]"},
    {"Definitions",
     "version: string, text: string, tenant: string | null, in_force: boolean | null, warnings?: Warning[]"},
    {"OtherSegment", "id: string, enter: integer, leave: integer"},
    {"SegmentPreview",
     "rule: string, warnings: Warning[], count: integer, before: integer, enter: integer, leave: "
     "integer, entering: Row[], leaving: Row[], others: OtherSegment[]" LP_RUN_STATE},
    {"User", "name: string, tenant: string, role: Role, agent: string, disabled: boolean, password?: string"},
    {"UsersAnswer", "users: User[]"},
    {"Invitation", "url: string, expires: time", "User"},
    {"Token",
     "id: integer, label: string, tenant: string, role: Role, agent: string, scopes: string, created: time, "
     "expires: time | null, revoked: time | null, last_used: time | null, token?: string"},
    {"TokensAnswer", "tokens: Token[]"},
    {"AuditLine",
     "number: integer, at: time, who: string, action: string, subject: string | null, outcome: string, "
     "changes?: ChangedValue[]"},
    {"ChangedValue", "name: string, old: any, new: any"},
    {"AuditPage", "lines: AuditLine[], cursor: string | null"},
    {"MissedChanges", "from: time, until: time"},
    {"Webhook",
     "id: integer, url: string, events: string[], contact: boolean, active: boolean, stopped_because: string | null, "
     "created: time, since: time, waiting: integer, failing_since: time | null, last_error: string | null, "
     "next_attempt: time | null, missed: MissedChanges | null, secret?: string"},
    {"WebhooksAnswer", "webhooks: Webhook[]"},
    {"Delivery",
     "id: integer, kind: string, contact: string | null, state: DeliveryState, at: time, attempts: integer, "
     "duration_ms: integer, status: integer | null, error: string | null, next_attempt: time | null"},
    {"DeliveriesAnswer", "deliveries: Delivery[]"},
    {"TenantsAnswer", "tenants: string[]"},
    {"Tenant", "tenant: string"},
    {"Done", "removed?: boolean, revoked?: boolean, warnings?: Warning[]"},
};

constexpr NamedSchema kJobs[] = {
    {"Job",
     "id: string, kind: string, state: JobState, cancelling: boolean, done: integer, total: integer | null, "
     "wrong: integer, reasons: map integer, started_by: string, created: time, ended: time | null, at: time | "
     "null, detail?: string, file?: string, undoes?: string, wrong_rows?: string, left_out?: map integer"},
    {"JobsAnswer", "jobs: Job[]"},
    {"ImportJob", "undoable: integer, undo_until: time | null, undone_by?: string", "Job"},
    {"ImportedContact", "id: string, is_new: boolean, changed: string[], left: string | null"},
    {"Imported", "contacts: ImportedContact[], cursor: string | null"},
    {"ImportColumn",
     "name: string, is: string, meaning: string, type: string | null, says_who_gets_no_mail: boolean, "
     "first: string | null, samples: string[]"},
    {"Finding", "column: string | null, what: string, offer: boolean, option?: string, remedy?: any object"},
    {"Import",
     "encoding?: string, encoding_reason?: string, delimiter?: string, header_row?: integer, header?: "
     "string[], findings?: Finding[], columns?: ImportColumn[], preview?: any object, problem?: string, "
     "cause?: string, field?: string, remedy?: any object, others?: any object[]",
     "Job"},
    {"DryRun", "dry_run: boolean, at: time | null, count: integer, missing: integer, rule?: string, contacts: Row[]"},
};
#undef LP_RUN_STATE

Document EnumOf(const std::vector<std::string>& values) { return {{"type", "string"}, {"enum", values}}; }

// Returns the schema of a type as NamedSchema has it.
Document TypeOf(std::string_view type) {
  constexpr std::string_view kArray = "[]", kOrNull = " | null", kMap = "map ";
  if (type.ends_with(kOrNull)) {
    type.remove_suffix(kOrNull.size());
    Document schema = TypeOf(type);
    if (!schema.contains("type")) return {{"anyOf", Document::array({schema, {{"type", "null"}}})}};
    schema["type"] = Document::array({schema["type"], "null"});
    return schema;
  }
  if (type.ends_with(kArray)) {
    type.remove_suffix(kArray.size());
    return {{"type", "array"}, {"items", TypeOf(type)}};
  }
  if (type.starts_with(kMap)) {
    type.remove_prefix(kMap.size());
    return {{"type", "object"}, {"additionalProperties", TypeOf(type)}};
  }
  if (type == "any") return Document::object();
  if (type == "any object") return {{"type", "object"}, {"additionalProperties", true}};
  if (type == "time") return {{"type", "string"}, {"format", "date-time"}};
  const bool is_name = AsciiLower(type) != type;
  return is_name ? Document{{"$ref", "#/components/schemas/" + std::string(type)}} : SchemaOf(type);
}

// Adds an object. Unless it is closed, it may get more members in a later version.
void Add(const NamedSchema& named, Document* schemas) {
  Document schema = named.base.empty() ? ObjectOf({}) : (*schemas)[std::string(named.base)];
  for (const std::string_view member : SplitAtCommas(named.members)) {
    const size_t colon = member.find(':');
    std::string name(TrimAsciiSpace(member.substr(0, colon)));
    const bool is_optional = name.ends_with('?');
    if (is_optional) name.pop_back();
    schema["properties"][name] = TypeOf(TrimAsciiSpace(member.substr(colon + 1)));
    if (!is_optional) schema["required"].push_back(name);
  }
  schema["additionalProperties"] = !named.is_closed;
  (*schemas)[std::string(named.name)] = std::move(schema);
}

std::vector<std::string> EmailStatuses() {
  std::vector<std::string> names;
  for (const EmailStatus status :
       {EmailStatus::kActive, EmailStatus::kBounced, EmailStatus::kUnsubscribed, EmailStatus::kComplained}) {
    names.emplace_back(EmailStatusName(status));
  }
  return names;
}

}  // namespace

Document Schemas() {
  Document schemas;
  schemas["Stage"] = EnumOf(StageNames());
  schemas["EmailStatus"] = EnumOf(EmailStatuses());
  schemas["CommandState"] = EnumOf({"pending", "applied", "refused", "unknown"});
  schemas["JobState"] = EnumOf({"pending", "running", "done", "cancelled", "failed", "uploaded"});
  schemas["DeliveryState"] = EnumOf({"waiting", "delivered", "failed"});
  schemas["BatchAction"] = EnumOf({"create", "update", "upsert"});
  schemas["Role"] = EnumOf({"agent", "manager", "admin", "operator"});
  std::vector<std::string> kinds;
  for (size_t kind = 1; kind < codec::kChangeKindCount; ++kind) {
    kinds.emplace_back(codec::ChangeKindName(static_cast<codec::ChangeKind>(kind)));
  }
  schemas["ChangeKind"] = EnumOf(kinds);
  for (const NamedSchema& named : kContacts) Add(named, &schemas);
  // A search may ask for some members only, and for attributes beside them.
  Add({"FoundRow", "stage_since?: time | null, unsubscribe_url?: string", "Row"}, &schemas);
  schemas["FoundRow"].erase("required");
  for (const NamedSchema& named : kReads) Add(named, &schemas);
  for (const NamedSchema& named : kSettings) Add(named, &schemas);
  for (const NamedSchema& named : kJobs) Add(named, &schemas);
  return schemas;
}

}  // namespace leadpulse::serve::openapi
