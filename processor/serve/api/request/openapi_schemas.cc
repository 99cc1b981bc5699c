#include "processor/serve/api/request/openapi_schemas.h"

#include <cstddef>
#include <string>
#include <utility>

#include "processor/base/engagement.h"
#include "processor/base/text.h"
#include "schemas/codec/records.h"

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

// An object. `members` are written as in TypeScript: `id: string, name?: string`, which has an optional name. A type is
// one of JSON; `any`; `any object`; `time`; or the name of a schema. `T[]` is an array of T, `map T` an object whose
// members are T, and `T | null` may be null.
struct NamedSchema {
  std::string_view name;
  std::string_view members;
  std::string_view base = {};  // the name of a schema above, whose members it has, too
};

// Members of answers of a front that has several runs, and of those while a run makes its index.
#define LP_RUN_STATE ", partial?: boolean, missing_partitions?: integer[], indexing?: integer, at: time"

constexpr NamedSchema kContacts[] = {
    {"Note", "text: string, at: time, actor: string"},
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
     "at: time, no_change_before: time | null, address: Address | null, attributes: any object, consent_ledger: "
     "ConsentEntry[], do_not_contact_reason: string, stage_set: StageSetting | null, qualification_set: integer | "
     "null, last_address: string, address_changed_at: time | null, first_command_at: time | null, newest_command_at: "
     "time | null, erased_at: time | null, events: Event[], folded: Folded | null, status_facts: StatusFacts | null, "
     "command_ids?: string[], warnings?: string[]",
     "Row"},
    {"Page",
     "rule: string, warnings: string[], count?: integer, count_is_estimate?: boolean, contacts: FoundRow[], "
     "searched?: integer | null, cursor: string | null" LP_RUN_STATE},
    {"ContactInput",
     "id?: string, email?: string | null, first_name?: string | null, last_name?: string | null, phone?: string | "
     "null, company?: string | null, attributes?: any object, stage?: string, agent?: string | null, qualification?: "
     "integer | null, tags?: string[], lists?: string[], campaigns?: string[], consents?: any object, notes?: string, "
     "do_not_contact?: boolean, do_not_contact_reason?: string, unsubscribed?: boolean, topics?: map boolean, "
     "topics_out?: string[]"},
    {"Command",
     "command: string, state: CommandState, contact?: string, at?: time, position?: string, code?: string, "
     "detail?: string, warnings?: string[]"},
    {"Problem",
     "type: string, status: integer, code: string, detail: string, field?: string, hint?: string, existing?: any "
     "object, contact?: any object, contacts?: string[], errors?: any object[]"},
    {"BatchRow", "status: integer, id?: string, command: string, problem?: Problem"},
    {"Batch", "rows: BatchRow[]"},
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
     "null, contributions: Contribution[]"},
    {"TierExplanation", "value: string, changes_at: time | null"},
    {"QualityPart", "name: string, points: integer"},
    {"QualityExplanation", "value: integer, parts: QualityPart[]"},
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
    {"Duplicates", "duplicates: SharedAddress[], cursor: string | null" LP_RUN_STATE},
    {"CountedSegment", "id: string, name?: string, rule: string, count: integer"},
    {"Segments", "segments: CountedSegment[]" LP_RUN_STATE},
    {"Column", "stage: Stage, locked: boolean, count: integer, href: string, contacts: Row[], cursor: string | null"},
    {"Pipeline", "warnings: string[], stages: Column[]" LP_RUN_STATE},
    {"Counted", "id: string, count: integer"},
    {"Tags", "tags: Counted[], has_more: boolean" LP_RUN_STATE},
    {"Agents", "agents: Counted[], has_more: boolean" LP_RUN_STATE},
    {"CountedList", "id: string, name: string, count: integer"},
    {"Lists", "lists: CountedList[], has_more: boolean" LP_RUN_STATE},
    {"Field", "name: string, type: string"},
    {"Fields", "fields: Field[]"},
    {"DeclaredList", "id: string, name: string"},
    {"DeclaredCampaign", "id: string, name: string, active: boolean"},
    {"Brand", "color: string, text: string"},
    {"Names",
     "name: string, timezone: string, locale: string, brand: Brand, lists: DeclaredList[], campaigns: "
     "DeclaredCampaign[]"},
    {"Topic", "id: string, name: string"},
    {"Topics", "topics: Topic[]"},
    {"Campaign",
     "id: string, name: string, active: boolean, assigned: integer, reached: integer, assigned_mailed: "
     "integer, assigned_sendable: integer, delivered: integer, opened: integer, clicked: integer, replied: "
     "integer, unsubscribed: integer"},
    {"OtherCampaigns", "assigned: integer, reached: integer"},
    {"Campaigns", "campaigns: Campaign[], others: OtherCampaigns | null" LP_RUN_STATE},
    {"Leads", "count: integer, href: string"},
    {"Report",
     "report: string, leads: Leads, min?: integer, median?: integer, max?: integer, rows: any "
     "object[]" LP_RUN_STATE},
    {"DayReport", "report: string, counted_from?: time, rows: any object[]" LP_RUN_STATE},
};

constexpr NamedSchema kSettings[] = {
    {"Segment",
     "id: string, name: string, rule: string, version: string, href: string, in_force: boolean | null, "
     "warnings?: string[]"},
    {"Definitions",
     "version: string, text: string, tenant: string | null, in_force: boolean | null, warnings?: "
     "string[]"},
    {"OtherSegment", "id: string, enter: integer, leave: integer"},
    {"SegmentPreview",
     "rule: string, warnings: string[], count: integer, before: integer, enter: integer, leave: "
     "integer, entering: Row[], leaving: Row[], others: OtherSegment[]" LP_RUN_STATE},
    {"User", "name: string, tenant: string, role: Role, agent: string, disabled: boolean, password?: string"},
    {"Users", "users: User[]"},
    {"Invitation", "url: string, expires: time", "User"},
    {"Token",
     "id: integer, label: string, tenant: string, role: Role, agent: string, scopes: string, created: time, "
     "expires: time | null, revoked: time | null, last_used: time | null, token?: string"},
    {"Tokens", "tokens: Token[]"},
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
    {"Webhooks", "webhooks: Webhook[]"},
    {"Delivery",
     "id: integer, kind: string, contact: string | null, state: DeliveryState, at: time, attempts: integer, "
     "duration_ms: integer, status: integer | null, error: string | null, next_attempt: time | null"},
    {"Deliveries", "deliveries: Delivery[]"},
    {"Tenants", "tenants: string[]"},
    {"Tenant", "tenant: string"},
    {"Done", "removed?: boolean, revoked?: boolean"},
};

constexpr NamedSchema kJobs[] = {
    {"Job",
     "id: string, kind: string, state: JobState, cancelling: boolean, done: integer, total: integer | null, "
     "wrong: integer, reasons: map integer, started_by: string, created: time, ended: time | null, at: time | "
     "null, detail?: string, file?: string, undoes?: string, wrong_rows?: string, left_out?: map integer"},
    {"Jobs", "jobs: Job[]"},
    {"ImportJob", "undoable: integer, undo_until: time | null, undone_by?: string", "Job"},
    {"ImportedContact", "id: string, is_new: boolean, changed: string[], left: string | null"},
    {"Imported", "contacts: ImportedContact[], cursor: string | null"},
    {"ImportColumn",
     "name: string, is: string, meaning: string, type: string | null, says_who_gets_no_mail: boolean, "
     "first: string, samples: string[]"},
    {"Remedy", "field?: string, remedy?: any object, choices?: any object[]"},
    {"Finding", "column: string | null, what: string, offer: boolean, option?: string, remedy?: any object"},
    {"Import",
     "encoding?: string, encoding_reason?: string, delimiter?: string, header_row?: integer, header?: "
     "string[], findings?: Finding[], columns?: ImportColumn[], preview?: any object, problem?: string, "
     "cause?: string, field?: string, remedy?: any object, others?: any object[]",
     "Job"},
    {"DryRun", "dry_run: boolean, at: time | null, count: integer, missing: integer, rule: string, contacts: Row[]"},
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

// Adds an object that may get more members in a later version.
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
  schema["additionalProperties"] = true;
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
  schemas["Role"] = EnumOf({"agent", "manager", "admin", "operator"});
  std::vector<std::string> kinds;
  for (size_t kind = 1; kind < codec::kChangeKindCount; ++kind) {
    kinds.emplace_back(codec::ChangeKindName(static_cast<codec::ChangeKind>(kind)));
  }
  schemas["ChangeKind"] = EnumOf(kinds);
  for (const NamedSchema& named : kContacts) Add(named, &schemas);
  // A search may ask for some members only, and for attributes beside them.
  Add({"FoundRow", "unsubscribe_url?: string", "Row"}, &schemas);
  schemas["FoundRow"].erase("required");
  for (const NamedSchema& named : kReads) Add(named, &schemas);
  for (const NamedSchema& named : kSettings) Add(named, &schemas);
  for (const NamedSchema& named : kJobs) Add(named, &schemas);
  return schemas;
}

}  // namespace leadpulse::serve::openapi
