#include "processor/serve/api/reads/lead_selection.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "processor/base/address.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/query/leads/lead_record.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/problem.h"

namespace leadpulse::serve {
namespace {

constexpr uint32_t kFirstRows = 10;
constexpr size_t kMostIds = 1'000;
constexpr std::string_view kEmail = "email";  // an attribute

std::variant<std::vector<std::string>, http::Response> ReadIds(const Json& list) {
  std::vector<std::string> ids;
  std::unordered_set<std::string_view> there;
  if (!list.is_array() || list.elements().empty() || list.elements().size() > kMostIds) {
    return WrongMember("ids", "an array of 1 to " + std::to_string(kMostIds) + " ids; for more give a rule");
  }
  for (const Json& id : list.elements()) {
    if (!id.is_string() || id.text().empty()) return WrongMember("ids", "each must be a text");
    if (there.insert(id.text()).second) ids.emplace_back(id.text());
  }
  return ids;
}

std::variant<SelectedLeads, http::Response> FindIds(std::vector<std::string> ids, const v1::Caller& caller,
                                                    RunClient* run) {
  SelectedLeads selected;
  selected.as_of = Instant::DistantPast();
  std::unordered_set<std::string> leads;
  std::vector<v1::LeadAnswer> first;
  for (std::string& id : ids) {
    LP_ASSIGN_OR_ANSWER(const auto found, OrRunFailed(FindContact(caller, LeadIdOf(id), run)));
    if (found) {
      LP_ASSIGN_OR_ANSWER(const auto meant, OrRunFailed(ContactsMeant(caller, LeadIdOf(id), *found, run)));
      if (meant.size() > 1) return Ambiguous(meant, "ids");
      if (!leads.insert(found->lead_id()).second) continue;
    }
    if (found) selected.as_of = std::max(selected.as_of, Instant{found->clock_ms()});
    ++(found ? selected.count : selected.missing);
    if (found && first.size() < kFirstRows) first.push_back(*found);
    selected.selection.ids.push_back(std::move(id));
  }
  AppendJsonArray(first, &selected.first_rows,
                  [&selected](const v1::LeadAnswer& lead) { selected.first_rows += ContactJson(lead); });
  return selected;
}

}  // namespace

std::variant<SelectedLeads, http::Response> ReadSelection(const Json& body, const v1::Caller& caller, bool may_be_all,
                                                          RunClient* run) {
  const Json &where = body["where"], &query = body["query"], &ids = body["ids"];
  const int missing = where.is_null() + query.is_null() + ids.is_null();
  if (missing != 2 && !(may_be_all && missing == 3)) {
    return WrongMember("where", "say which contacts: give one of where (a rule), query (a search) and ids");
  }
  if (!ids.is_null()) {
    LP_ASSIGN_OR_ANSWER(std::vector<std::string> list, ReadIds(ids));
    return FindIds(std::move(list), caller, run);
  }
  const std::string_view field = where.is_null() ? "query" : "where";
  const Json& text = where.is_null() ? query : where;
  if (missing == 2 && text.text().empty()) return WrongMember(field, "it must be a text that is not empty");
  auto question = QueryBy<v1::FindLeads>(caller);
  (where.is_null() ? *question.mutable_search() : *question.mutable_rule()) = std::string(text.text());
  question.set_limit(kFirstRows);
  question.set_count(true);
  LP_ASSIGN_OR_ANSWER(const v1::FoundLeads found, OrWrongMember(run->Find(question), field));
  if (const Status complete = CheckComplete(found); !complete.ok()) return RunFailed(complete);
  // A search of only spaces finds everything, which nobody means.
  if (missing == 2 && found.rule().empty()) return WrongMember(field, "it means every contact; say which");
  SelectedLeads selected{{found.rule(), {}}, Instant{found.clock_ms()}, found.count(), 0};
  AppendJsonArray(found.rows(), &selected.first_rows,
                  [&selected](const v1::LeadRow& row) { query::AppendJson(row, &selected.first_rows); });
  return selected;
}

Result<v1::LeadAnswer> LookUpContact(const v1::Caller& caller, const std::string& id, RunClient* run) {
  v1::LeadAnswer none;
  none.set_strict_fields(true);
  if (!IsUtf8(id)) return none;
  auto request = QueryBy<v1::GetLead>(caller);
  request.set_lead_id(id);
  LP_ASSIGN_OR_RETURN(auto answered, run->Get(request));
  if (auto* lead = std::get_if<v1::LeadAnswer>(&answered)) return std::move(*lead);
  const auto& refusal = std::get<RunRefusal>(answered);
  const bool can_be_none = refusal.status == http::kBadRequest;  // no lead has such an id
  if (refusal.status != http::kNotFound && !can_be_none) return StatusOf(refusal);
  if (refusal.error.has_strict_fields()) none.set_strict_fields(refusal.error.strict_fields());
  return none;
}

Result<std::optional<v1::LeadAnswer>> FindContact(const v1::Caller& caller, const std::string& id, RunClient* run) {
  LP_ASSIGN_OR_RETURN(v1::LeadAnswer found, LookUpContact(caller, id, run));
  return found.has_record() ? std::optional(std::move(found)) : std::nullopt;
}

Result<std::vector<std::string>> ContactsMeant(const v1::Caller& caller, const std::string& id,
                                               const v1::LeadAnswer& found, RunClient* run) {
  std::vector<std::string> only{found.lead_id()};
  if (id == found.lead_id()) return only;
  const std::optional<v1::MailboxUsers> users = run->UsersOf(WholeTenant(caller.tenant_id()), id);
  if (!users) return Status::Retriable("no run says who has an address");
  if (users->lead_ids_size() < 2) return only;
  std::vector<std::string> meant(users->lead_ids().begin(), users->lead_ids().end());
  if (!caller.has_agent_id()) return meant;
  std::vector<std::string> seen;
  for (std::string& user : meant) {
    LP_ASSIGN_OR_RETURN(const auto contact, FindContact(caller, user, run));
    if (contact) seen.push_back(std::move(user));
  }
  return seen;
}

std::string AddressOfContact(const v1::LeadRow& contact) {
  const v1::ProfileValue* const email = query::FindAttribute(contact.lead(), kEmail);
  const std::string address = NormalizeAddress(email == nullptr ? contact.lead().lead_id() : query::TextOf(*email));
  return IsAddress(address) ? address : "";
}

Status StatusOf(const RunRefusal& refusal) {
  const std::string said = "the run answers " + refusal.error.code() + ": " + refusal.error.detail();
  const bool is_wrong = refusal.status == http::kBadRequest || refusal.status == http::kGone;
  return is_wrong ? Status::Rejected(said) : Status::Retriable(said);
}

}  // namespace leadpulse::serve
