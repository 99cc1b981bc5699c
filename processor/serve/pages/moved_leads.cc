#include "processor/serve/pages/moved_leads.h"

#include <optional>
#include <utility>

#include "processor/base/text.h"
#include "processor/rules/language/vocabulary.h"
#include "processor/serve/pages/filter_rule.h"
#include "processor/serve/pages/lead_cells.h"

namespace leadpulse::serve {
namespace {

// Returns when the lead last made the move; nullopt if its latest changes do not say.
std::optional<Instant> MovedAt(const v1::LeadRow& contact, const LeadMove& move, const PageRequest& request) {
  const ApiReply reply = CallApi(
      {.action = "contact.timeline", .id = contact.lead().lead_id(), .parameters = {{"limit", "200"}}}, request);
  bool has_changes = false;
  for (const Json& entry : reply.json["entries"].elements()) {
    const Json& change = entry["change"];
    has_changes |= !change.is_null();
    const bool is_move = change["kind"].text() == (move.is_stage ? "STAGE_CHANGED" : "TIER_CHANGED");
    const bool is_order = move.is_stage && entry["stage"]["stage"].text() == move.to;
    if (is_order || (is_move && change["to"].text() == move.to)) return ParseRfc3339(entry["at"].text());
  }
  return has_changes || move.is_stage ? std::nullopt : LastActivityOf(contact);
}

}  // namespace

std::string RuleOfMove(const LeadMove& move) {
  return Concat({move.is_stage ? "stage" : "tier", " IS ", rules::QuoteString(move.to)});
}

MovedLeads FindMoved(const MovedQuery& query, const ShownTimes& times, const PageRequest& request) {
  MovedLeads found;
  // A stage is mostly set by people, and a tier changes with what the lead does.
  auto reply = AskApi<v1::FoundLeads>({.action = "contact.search",
                                       .parameters = {{"where", JoinParts({RuleOfMove(query.move), query.rule})},
                                                      {"sort", query.move.is_stage ? "-updated" : "-last_engaged"},
                                                      {"limit", std::to_string(query.most)}}},
                                      request);
  if (!reply.is_done()) {
    found.refusal = std::move(reply);
    return found;
  }
  found.refusal.code = reply.code;
  found.is_complete = reply.message.cursor().empty();
  for (const v1::LeadRow& contact : reply.message.rows()) {
    if (found.leads.size() >= query.enough) return found;
    const std::optional<Instant> at = MovedAt(contact, query.move, request);
    if (!at) continue;
    const Day day = times.DayOf(*at);
    if (query.first <= day && day <= query.last) found.leads.push_back({contact, *at});
  }
  return found;
}

}  // namespace leadpulse::serve
