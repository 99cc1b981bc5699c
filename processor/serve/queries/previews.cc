// The definitions in force, the leads of a segment with another rule, and the effects of an import.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "config/definitions_edit.h"
#include "config/definitions_loader.h"
#include "config/rule_check.h"
#include "config/strict_fields.h"
#include "processor/engine/apply_command.h"
#include "processor/query/addresses/contact_outlook.h"
#include "processor/query/leads/evaluated_lead.h"
#include "processor/query/leads/lead_record.h"
#include "processor/query/preview/preview.h"
#include "processor/query/state_access.h"
#include "processor/serve/queries/lead_queries.h"
#include "schemas/codec/left_out_attributes.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::serve {
namespace {

using Problems = google::protobuf::RepeatedPtrField<v1::RuleProblem>;

void AddProblems(const std::vector<config::RuleProblem>& found, Problems* problems) {
  for (const config::RuleProblem& one : found) {
    v1::RuleProblem* problem = problems->Add();
    problem->set_line(one.line);
    problem->set_column(one.column);
    problem->set_message(one.message);
  }
}

// Returns an id for a segment that has none yet.
std::string UnusedId(const config::TenantDefinitions& tenant) {
  std::string id = "preview";
  while (config::FindSegment(tenant, id) != nullptr) id += '-';
  return id;
}

// Returns definitions of the tenant alone, which load faster than a file of many tenants. `id` is the segment that gets
// the rule. Rejected if the rule makes the definitions wrong, for example by a cycle of segments.
Result<std::shared_ptr<const config::Definitions>> WithRule(const std::string& tenant,
                                                            const config::TenantDefinitions& before,
                                                            const std::string& id, const std::string& rule) {
  const auto alone = config::LoadDefinitions(config::ShowTenant(tenant, before)).definitions;
  if (alone == nullptr) return Status::Rejected("definitions cannot have a tenant of that name");
  LP_ASSIGN_OR_RETURN(const std::string text, config::WithSegment(*alone, tenant, {id, "", rule}));
  return config::LoadDefinitions(text).definitions;
}

Status StatusOf(ScanEnd end) {
  return end == ScanEnd::kNotEnded ? Status::Ok() : Status::Retriable("the run stops, or the scan was ended");
}

// Adds the first leads, as they are now, up to a size.
Status AddRows(const Snapshot& snapshot, const v1::Caller& caller, const query::Samples& samples,
               google::protobuf::RepeatedPtrField<v1::LeadRow>* rows) {
  size_t bytes = 0;
  for (const query::Sample& sample : samples.ascending()) {
    if (bytes > kPageBytes) break;
    LP_ASSIGN_OR_RETURN(std::optional<state::Lead> lead, FindVisibleLead(snapshot, caller, sample.lead));
    if (!lead) continue;
    const query::EvaluatedLead evaluated(*std::move(lead), snapshot.definitions.For(caller.tenant_id()),
                                         snapshot.clock);
    query::SetRow(evaluated, rows->Add());
    bytes += query::BoundedBytes(*rows->rbegin());
  }
  return Status::Ok();
}

Status AddMoves(const Snapshot& snapshot, const v1::PreviewSegment& request, const std::string& id,
                const query::TenantPreview& preview, v1::SegmentPreview* answer) {
  for (const query::SegmentPreview& segment : preview.segments) {
    const query::Flow& flow = segment.flow;
    if (flow.name == id) {
      answer->set_leads(flow.after());
      answer->set_before(flow.before);
      answer->set_enter(flow.enter);
      answer->set_leave(flow.leave);
      LP_RETURN_IF_ERROR(AddRows(snapshot, request.caller(), flow.entering, answer->mutable_entering()));
      LP_RETURN_IF_ERROR(AddRows(snapshot, request.caller(), flow.leaving, answer->mutable_leaving()));
    } else if (flow.enter + flow.leave > 0) {
      v1::SegmentChange* other = answer->add_others();
      other->set_id(flow.name);
      other->set_enter(flow.enter);
      other->set_leave(flow.leave);
    }
  }
  return Status::Ok();
}

constexpr int kMostRows = 1'000;

Result<std::vector<codec::Command>> CommandsOf(std::string_view lines, const std::string& tenant,
                                               codec::RecordDecoder* decoder) {
  std::vector<codec::Command> commands;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    codec::Decoded decoded = decoder->Decode(line, {});
    auto* command = std::get_if<codec::Command>(&decoded);
    if (command == nullptr || command->key.tenant != tenant) return Status::Rejected("a row has other records");
    commands.push_back(std::move(*command));
  }
  if (commands.empty()) return Status::Rejected("a row has no commands");
  return commands;
}

// Removes what an export shows as the lead has it from the commands, and names it in the answer.
void LeaveOutShownAlike(const state::Lead& lead, const config::TenantDefinitions& definitions,
                        std::vector<codec::Command>* commands, v1::ContactOutlook* shown) {
  for (codec::Command& command : *commands) {
    const std::vector<std::string> names = query::ShownAlike(lead, command, definitions);
    codec::LeaveOutAttributes(names, &command);
    shown->mutable_shown_alike()->Add(names.begin(), names.end());
  }
}

}  // namespace

Result<v1::SegmentPreview> PreviewSegment(const Snapshot& snapshot, const v1::PreviewSegment& request) {
  const std::string& tenant = request.caller().tenant_id();
  const config::TenantDefinitions& before = snapshot.definitions.For(tenant);
  v1::SegmentPreview answer;
  answer.set_clock_ms(snapshot.clock.millis);
  const config::CheckedRule checked = config::CheckRuleText(request.rule(), before);
  AddProblems(checked.errors, answer.mutable_problems());
  AddProblems(checked.warnings, answer.mutable_warnings());
  answer.set_rule(checked.rule);
  if (!answer.problems().empty()) return answer;
  const std::string id = request.segment_id().empty() ? UnusedId(before) : request.segment_id();
  const auto after = WithRule(tenant, before, id, request.rule());
  if (!after.ok()) {
    if (after.status().kind() != ErrorKind::kRejected) return after.status();
    answer.add_problems()->set_message(after.status().message());
    return answer;
  }
  const Scan scan = snapshot.scans->Begin(tenant + '\0' + request.owner());
  const auto preview = query::PreviewMoves(
      snapshot.rows, before, (*after)->For(tenant), snapshot.clock,
      {tenant, AgentOf(request.caller()), [&scan] { return StatusOf(scan()); }, id, snapshot.stored_views});
  if (preview.ok()) {
    LP_RETURN_IF_ERROR(AddMoves(snapshot, request, id, *preview, &answer));
    return answer;
  }
  const ScanEnd end = scan();
  if (end != ScanEnd::kSuperseded && end != ScanEnd::kTooLong) return preview.status();
  answer.set_ended(end == ScanEnd::kSuperseded ? "superseded" : "too_long");
  return answer;
}

Result<v1::DefinitionsInForce> GetDefinitions(const Snapshot& snapshot, const v1::GetDefinitions& request) {
  v1::DefinitionsInForce answer;
  answer.set_text(config::TextOfTenant(snapshot.definitions, request.caller().tenant_id()));
  answer.set_version(snapshot.definitions.version);
  return answer;
}

Result<v1::DeclaredFields> ListFields(const Snapshot& snapshot, const v1::ListFields& request) {
  v1::DeclaredFields answer;
  for (const auto& [name, type] : snapshot.definitions.For(request.caller().tenant_id()).fields) {
    v1::DeclaredFields::Field* field = answer.add_fields();
    field->set_name(name);
    field->set_type(std::string(FieldTypeName(type)));
  }
  return answer;
}

Result<v1::TenantNames> GetNames(const Snapshot& snapshot, const v1::GetNames& request) {
  const config::TenantDefinitions& tenant = snapshot.definitions.For(request.caller().tenant_id());
  const config::TenantNames& names = tenant.names;
  v1::TenantNames answer;
  answer.set_timezone(tenant.calendar.zone_name());
  answer.set_name(names.name);
  answer.set_locale(names.locale);
  answer.set_brand_color(names.brand_color);
  answer.set_brand_text(names.brand_text);
  const auto fill = [](const config::DeclaredName& declared, v1::TenantNames::Declared* shown) {
    shown->set_id(declared.id);
    shown->set_name(declared.name);
    shown->set_active(declared.active);
  };
  for (const config::DeclaredName& list : names.lists.all()) fill(list, answer.add_lists());
  for (const config::DeclaredName& campaign : names.campaigns.all()) fill(campaign, answer.add_campaigns());
  for (const config::Segment& segment : tenant.segments) fill({segment.id, segment.name}, answer.add_segments());
  return answer;
}

Result<v1::ContactOutlooks> PreviewContacts(const Snapshot& snapshot, const v1::PreviewContacts& request) {
  const std::string& tenant = request.caller().tenant_id();
  if (AgentOf(request.caller())) return Status::Rejected("only for callers who see the whole tenant");
  if (request.rows_size() > kMostRows) return Status::Rejected("more than 1,000 rows");
  const std::unique_ptr<codec::RecordDecoder> decoder = codec::MakeJsonRecordDecoder();
  v1::ContactOutlooks answer;
  size_t bytes = 0;  // of `taken_by`
  for (const std::string& row : request.rows()) {
    LP_ASSIGN_OR_RETURN(std::vector<codec::Command> commands, CommandsOf(row, tenant, decoder.get()));
    std::vector<const codec::Command*> pointers;
    for (const codec::Command& command : commands) pointers.push_back(&command);
    const config::TenantDefinitions& definitions = snapshot.definitions.For(tenant);
    LP_ASSIGN_OR_RETURN(const query::ContactOutlook outlook, query::OutlookOf(pointers, snapshot.rows, definitions));
    v1::ContactOutlook* shown = answer.add_rows();
    LP_ASSIGN_OR_RETURN(const std::optional<state::Lead> lead, query::FindLead(snapshot.rows, {tenant, outlook.lead}));
    shown->set_is_lead(lead.has_value());
    if (request.exported() && lead) LeaveOutShownAlike(*lead, definitions, &commands, shown);
    shown->set_changes(!lead || std::ranges::any_of(commands, [&](const codec::Command& command) {
      return query::ChangesProfile(*lead, command, definitions);
    }));
    shown->set_in_use(outlook.is_in_use());
    shown->set_suppressed(outlook.is_suppressed());
    std::vector<std::string> undeclared;
    for (const codec::Command& command : commands) {
      for (std::string& name : engine::UndeclaredAttributes(command, definitions))
        undeclared.push_back(std::move(name));
    }
    if (!undeclared.empty()) shown->set_undeclared_message(config::UndeclaredInWords(definitions, undeclared));
    shown->mutable_undeclared()->Add(undeclared.begin(), undeclared.end());
    if (!outlook.is_new_address) continue;
    shown->set_new_address(outlook.address);
    for (std::string& other : outlook.OthersWithAddress()) {
      if (bytes > kPageBytes && !shown->taken_by().empty()) break;
      bytes += other.size();
      shown->add_taken_by(std::move(other));
    }
  }
  return answer;
}

}  // namespace leadpulse::serve
