// The explanation, the timeline, the document and the opt-outs of one lead.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/json_object.h"
#include "processor/engine/lead_address.h"
#include "processor/engine/view_changes.h"
#include "processor/query/leads/explanation_json.h"
#include "processor/query/leads/history_parts.h"
#include "processor/query/leads/lead_record.h"
#include "processor/query/leads/lead_timeline.h"
#include "processor/query/leads/leads_query.h"
#include "processor/query/state_access.h"
#include "processor/serve/queries/cursor.h"
#include "processor/serve/queries/lead_queries.h"
#include "processor/view/email_status.h"
#include "processor/view/explanation.h"
#include "processor/view/view.h"

namespace leadpulse::serve {
namespace {

using query::PlacedEntry;
using query::TimelinePlace;

std::string WriteTimelineCursor(const TimelinePlace& place, const v1::GetTimeline& request) {
  v1::CursorPlace written;
  written.set_kind(static_cast<uint32_t>(place.kind));
  written.set_number(static_cast<double>(place.at.millis));
  written.set_encoded_key(place.id);
  return WriteCursor(written, QueryWithoutPage(request));
}

Result<TimelinePlace> ReadTimelineCursor(const v1::GetTimeline& request) {
  LP_ASSIGN_OR_RETURN(v1::CursorPlace written, ReadCursor(request.cursor(), QueryWithoutPage(request)));
  constexpr double kExact = 9e15;  // milliseconds up to here are whole numbers
  const bool is_time = std::abs(written.number()) < kExact;
  if (!is_time || written.kind() > static_cast<uint32_t>(TimelinePlace::Kind::kChange)) return NoCursor();
  return TimelinePlace{{static_cast<int64_t>(written.number())},
                       static_cast<TimelinePlace::Kind>(written.kind()),
                       std::move(*written.mutable_encoded_key())};
}

void HideOtherLead(view::Decision* decision) {
  for (size_t at = decision->reason.find(view::kOfAnotherLead); at != std::string::npos;
       at = decision->reason.find(view::kOfAnotherLead)) {
    decision->reason.erase(at, view::kOfAnotherLead.size());
  }
}

v1::Explanation ExplanationOf(const Snapshot& snapshot, const v1::Caller& caller, const state::Lead& lead) {
  const config::TenantDefinitions& definitions = snapshot.definitions.For(lead.key.tenant);
  view::Explanation explanation = view::Explain(lead, definitions, snapshot.clock);
  if (AgentOf(caller)) {  // the other lead may belong to another agent
    HideOtherLead(&explanation.email_status);
    for (view::TopicExplanation& topic : explanation.topics) HideOtherLead(&topic.decision);
  }
  return query::ExplanationMessage(lead, definitions, explanation, snapshot.clock);
}

// Leaves out everything that names another lead or its records, because an agent may not see that lead.
void HideOtherLeads(const state::Lead& lead, std::vector<codec::PublishedChange>* published) {
  std::erase_if(*published, [](const codec::PublishedChange& change) {
    return change.change.kind == codec::ChangeKind::kLeadMerged;
  });
  for (codec::PublishedChange& change : *published) {
    if (engine::IsOwnCause(change.change.cause, lead)) continue;
    change.change.cause.id.clear();
    change.actor.clear();
  }
}

Result<std::vector<PlacedEntry>> TimelineFor(const Snapshot& snapshot, const v1::Caller& caller,
                                             const state::Lead& lead) {
  LP_ASSIGN_OR_RETURN(std::vector<codec::PublishedChange> published, query::FindPublished(snapshot.rows, lead.key));
  if (AgentOf(caller)) HideOtherLeads(lead, &published);
  return query::TimelineOf(lead, published);
}

}  // namespace

Result<std::optional<v1::Explanation>> ExplainLead(const Snapshot& snapshot, const v1::ExplainLead& request) {
  LP_ASSIGN_OR_RETURN(const std::optional<state::Lead> lead,
                      FindVisibleLead(snapshot, request.caller(), request.lead_id()));
  if (!lead) return std::optional<v1::Explanation>();
  return std::optional(ExplanationOf(snapshot, request.caller(), *lead));
}

Result<std::optional<v1::Timeline>> GetTimeline(const Snapshot& snapshot, const v1::GetTimeline& request) {
  LP_RETURN_IF_ERROR(CheckLimit(request.limit()));
  std::optional<TimelinePlace> after;
  if (!request.cursor().empty()) {
    LP_ASSIGN_OR_RETURN(after, ReadTimelineCursor(request));
  }
  LP_ASSIGN_OR_RETURN(const std::optional<state::Lead> lead,
                      FindVisibleLead(snapshot, request.caller(), request.lead_id()));
  if (!lead) return std::optional<v1::Timeline>();
  v1::Timeline answer;
  answer.set_lead_id(lead->key.lead);
  answer.set_clock_ms(snapshot.clock.millis);
  if (!query::SetFolded(lead->journal.folded(), answer.mutable_folded())) answer.clear_folded();
  TimelinePlace last;
  std::string json;
  size_t bytes = 0;
  LP_ASSIGN_OR_RETURN(std::vector<PlacedEntry> entries, TimelineFor(snapshot, request.caller(), *lead));
  for (PlacedEntry& entry : entries) {
    if (after && !query::IsNewer(*after, entry.place)) continue;
    if (static_cast<uint32_t>(answer.entries_size()) == request.limit() || bytes > kPageBytes) {
      answer.set_cursor(WriteTimelineCursor(last, request));
      break;
    }
    *answer.add_entries() = query::WholeEntry(*lead, entry);
    json.clear();  // the limit is for what the front prints, which may be several times the message
    query::AppendJson(*answer.entries().rbegin(), &json);
    bytes += json.size();
    last = std::move(entry.place);
  }
  return std::optional(std::move(answer));
}

Result<std::optional<v1::LeadPage>> GetLeadPage(const Snapshot& snapshot, const v1::GetLeadPage& request) {
  const auto about = [&request](auto query) {
    *query.mutable_caller() = request.caller();
    query.set_lead_id(request.lead_id());
    return query;
  };
  auto get = about(v1::GetLead());
  *get.mutable_users() = request.users();
  auto timeline = about(v1::GetTimeline());
  timeline.set_limit(request.limit());
  timeline.set_cursor(request.timeline_cursor());
  LP_ASSIGN_OR_RETURN(v1::LeadAnswer lead, GetLead(snapshot, get));
  LP_ASSIGN_OR_RETURN(std::optional<v1::Explanation> explained, ExplainLead(snapshot, about(v1::ExplainLead())));
  LP_ASSIGN_OR_RETURN(std::optional<v1::Timeline> entries, GetTimeline(snapshot, timeline));
  if (!lead.has_record() || !explained || !entries) return std::optional<v1::LeadPage>();
  v1::LeadPage page;
  *page.mutable_lead() = std::move(lead);
  *page.mutable_explanation() = *std::move(explained);
  *page.mutable_timeline() = *std::move(entries);
  v1::ListFields list;
  *list.mutable_caller() = request.caller();
  LP_ASSIGN_OR_RETURN(v1::DeclaredFields declared, ListFields(snapshot, list));
  page.mutable_fields()->Swap(declared.mutable_fields());
  for (const config::DeclaredTopic& topic : snapshot.definitions.For(request.caller().tenant_id()).topics) {
    v1::OptOut::Topic* const named = page.add_topics();
    named->set_id(topic.id);
    named->set_name(topic.name);
  }
  return std::optional(std::move(page));
}

Result<std::optional<v1::LeadDocument>> ExportLead(const Snapshot& snapshot, const v1::ExportLead& request) {
  LP_ASSIGN_OR_RETURN(const std::optional<state::Lead> lead,
                      FindVisibleLead(snapshot, request.caller(), request.lead_id()));
  if (!lead) return std::optional<v1::LeadDocument>();
  LP_ASSIGN_OR_RETURN(const std::vector<PlacedEntry> timeline, TimelineFor(snapshot, request.caller(), *lead));
  LP_ASSIGN_OR_RETURN(const v1::WholeRecord record, RecordFor(snapshot, request.caller(), *lead, request.users()));
  v1::LeadDocument answer;
  answer.set_lead_id(lead->key.lead);
  std::string* const json = answer.mutable_json();
  JsonObject document(json);
  *document.Key("contact") += query::RecordJson(record);
  *document.Key("explanation") += query::ExplanationJson(ExplanationOf(snapshot, request.caller(), *lead));
  AppendJsonArray(timeline, document.Key("timeline"), [&, json](const PlacedEntry& entry) {
    // AnswerQuery refuses a document of more.
    if (json->size() > kMostAnswerBytes) {
      *json += "null";
    } else {
      query::AppendJson(query::WholeEntry(*lead, entry), json);
    }
  });
  document.End();
  return std::optional(std::move(answer));
}

Result<v1::OptOut> FindOptOut(const Snapshot& snapshot, const v1::FindOptOut& request) {
  const LeadKey key{request.caller().tenant_id(), request.lead_id()};
  const config::TenantDefinitions& definitions = snapshot.definitions.For(key.tenant);
  v1::OptOut answer;
  std::vector<std::string_view> topics_out;
  LP_ASSIGN_OR_RETURN(std::optional<state::Lead> lead, query::FindRow(snapshot.rows, key));
  // The leads that use a mailbox get the events for it, which do not make it a lead again.
  const bool is_used = lead && !lead->is_lead() && !query::UsersOf(*lead).empty();
  if (lead && !lead->is_lead()) lead.reset();
  const std::optional<std::string> agent = AgentOf(request.caller());
  if (lead && agent && !query::IsVisibleTo(*agent, *lead)) lead.reset();
  if (lead) {
    view::ConvertProfile(definitions, &lead->profile);
    const state::PublishedView view = view::EvaluateView(*lead, definitions, snapshot.clock).published;
    answer.set_is_lead(true);
    answer.set_address(engine::AddressOf(lead->key, lead->profile));
    // A person who has left a topic that is not declared is unsubscribed, too, but not from everything.
    const state::EngagementTotals totals = lead->journal.Totals();
    answer.set_out(view::DecidingFactsOf(*lead, totals, definitions).facts.everything.opted_out());
    topics_out = view::TopicsOut(view, definitions);
  } else if (!agent && !is_used) {  // nobody knows whose lead it was
    LP_ASSIGN_OR_RETURN(const std::optional<state::Erasure> erasure, query::FindErasure(snapshot.rows, key));
    answer.set_is_erased(erasure.has_value());
    answer.set_out(erasure && erasure->facts.everything.opted_out());
  }
  for (const config::DeclaredTopic& declared : definitions.topics) {
    v1::OptOut::Topic* topic = answer.add_topics();
    topic->set_id(declared.id);
    topic->set_name(declared.name);
    topic->set_out(answer.out() || std::ranges::find(topics_out, declared.id) != topics_out.end());
  }
  answer.set_sender(definitions.names.name);
  answer.set_brand_color(definitions.names.brand_color);
  answer.set_brand_text(definitions.names.brand_text);
  return answer;
}

}  // namespace leadpulse::serve
