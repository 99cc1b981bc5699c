// What a person has opted out of, for the page behind an unsubscribe link.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/query/leads/leads_query.h"
#include "processor/query/state_access.h"
#include "processor/serve/queries/lead_queries.h"
#include "processor/view/email_status.h"
#include "processor/view/view.h"

namespace leadpulse::serve {

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
    // Who has left a topic that is not declared is unsubscribed, too, but not from everything.
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
  return answer;
}

}  // namespace leadpulse::serve
