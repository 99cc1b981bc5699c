// The contacts that a job is about: those that a rule or a search finds, or those with given ids.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/instant.h"
#include "processor/base/json.h"
#include "processor/http/handler.h"
#include "processor/serve/runs/run_client.h"
#include "processor/serve/runs/several_runs.h"

namespace leadpulse::serve {

struct LeadSelection {
  std::string rule;              // in the rule language; empty: there are ids
  std::vector<std::string> ids;  // as the API takes them, each contact once
};

// The contacts of a selection now.
struct SelectedLeads {
  LeadSelection selection;  // with the rule that a search means
  Instant as_of;            // of the answer that found them
  uint64_t count = 0;
  uint64_t missing = 0;         // ids that are no contact that the caller may see
  std::string first_rows = {};  // a JSON array of contacts: rows of a search, or each as a GET shows it
};

// Reads the one member `where`, `query` or `ids` of a body; with `may_be_all`, none of them means every contact. Asks
// the run, with the caller's right as a condition. The problem names what is wrong.
std::variant<SelectedLeads, http::Response> ReadSelection(const Json& body, const v1::Caller& caller, bool may_be_all,
                                                          RunClient* run);

// Finds the contact with this id, or the first one with this address. The answer has no record if the caller may see
// none; `strict_fields` is then false only if a new contact may have any attribute.
Result<v1::LeadAnswer> LookUpContact(const v1::Caller& caller, const std::string& id, RunClient* run);
// Does the same. Returns nullopt if the caller may see none.
Result<std::optional<v1::LeadAnswer>> FindContact(const v1::Caller& caller, const std::string& id, RunClient* run);
// Finds the contacts that a change of `id` may mean: several, if `id` is an address that several of them have. Only
// contacts that the caller may see. `found` is the result of FindContact. Retriable if the run that knows does not
// answer.
Result<std::vector<std::string>> ContactsMeant(const v1::Caller& caller, const std::string& id,
                                               const v1::LeadAnswer& found, RunClient* run);
// Returns the normalised e-mail address of a contact. Empty: it has none.
std::string AddressOfContact(const v1::LeadRow& contact);

// Returns the error of a job whose query a run refuses: Rejected if the query is at fault, Retriable if the run may
// answer later.
Status StatusOf(const RunRefusal& refusal);
// Returns the run's answer to a job, or the error that its refusal means.
template <typename Answer>
Result<Answer> OrStatus(OrRefusal<Answer> answered) {
  if (!answered.ok()) return answered.status();
  if (const auto* refusal = std::get_if<RunRefusal>(&*answered)) return StatusOf(*refusal);
  return std::get<Answer>(std::move(*answered));
}
// Checks that no leads are missing; else Retriable, so that a job waits for the run that has them.
template <typename Answer>
Status CheckComplete(const Answer& answer) {
  const auto& missing = answer.missing_partitions();
  if (missing.empty()) return Status::Ok();
  return Status::Retriable("no run answers for " + SpellMissing({missing.begin(), missing.end()}));
}

}  // namespace leadpulse::serve
