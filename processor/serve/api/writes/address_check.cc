#include "processor/serve/api/writes/address_check.h"

#include <algorithm>
#include <utility>

#include "processor/base/address.h"
#include "processor/base/mailbox_syntax.h"
#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/serve/api/reads/lead_selection.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/contact_body.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/api/writes/contact_edit.h"
#include "schemas/codec/input_writer.h"

namespace leadpulse::serve {
namespace {

bool IsEmail(std::string_view name) { return NormalizeName(name) == "email"; }

// Finds the contact with this id; nullopt if the caller may not see it. FindContact may find another one, by address.
Result<std::optional<v1::LeadAnswer>> FindById(const v1::Caller& caller, const std::string& id, RunClient* run) {
  LP_ASSIGN_OR_RETURN(auto found, FindContact(caller, id, run));
  if (found && found->lead_id() != id) found.reset();
  return found;
}

}  // namespace

std::optional<std::string> AddressSought(const codec::Command& command) {
  const auto* update = command.actions.Find<codec::UpdateProfile>();
  if (update == nullptr) return std::nullopt;
  for (const auto& [name, value] : update->set) {
    if (!IsEmail(name)) continue;
    const auto* text = std::get_if<std::string>(&value);
    std::string address = text == nullptr ? "" : NormalizeAddress(*text);
    return IsAddress(address) ? std::move(address) : NormalizeAddress(command.key.lead);
  }
  if (std::ranges::none_of(update->unset, IsEmail)) return std::nullopt;
  return NormalizeAddress(command.key.lead);
}

std::optional<http::Response> CheckUpdate(const codec::Command& command, std::string_view field,
                                          const v1::Caller& caller, bool may_share, RunClient* run) {
  auto question = QueryBy<v1::PreviewContacts>(WholeTenant(caller.tenant_id()));
  codec::AppendInputJson(command, question.add_rows());
  LP_ASSIGN_OR_ANSWER(const v1::ContactOutlooks answered, OrProblem(run->Preview(question)));
  if (answered.rows_size() != 1) return Unavailable();
  const v1::ContactOutlook& outlook = answered.rows(0);
  if (!outlook.undeclared().empty()) return WrongMember(outlook.undeclared(0), outlook.undeclared_message());
  if (outlook.new_address().empty()) return std::nullopt;
  if (auto problem = CheckSyntax(outlook.new_address(), field)) return problem;
  if (may_share) return std::nullopt;
  // The run that has the mailbox must be among those that answered.
  const bool is_partial = !answered.missing_partitions().empty();
  if (is_partial && !run->UsersOf(WholeTenant(caller.tenant_id()), outlook.new_address())) return Unavailable();
  if (outlook.taken_by().empty()) return std::nullopt;
  for (const std::string& other : outlook.taken_by()) {
    LP_ASSIGN_OR_ANSWER(const auto seen, OrRunFailed(FindById(caller, other, run)));
    if (seen) return ContactExists(seen);
  }
  return ContactExists(std::nullopt);
}

std::optional<http::Response> CheckSyntax(const std::string& address, std::string_view field) {
  if (address.find('@') == std::string::npos || HasMailboxSyntax(address)) return std::nullopt;
  return WrongMember(field, "it is no e-mail address: " + address);
}

std::variant<v1::LeadAnswer, http::Response> FindExisting(const std::string& id, const std::string& address,
                                                          const v1::Caller& caller, bool upserts, bool may_share,
                                                          RunClient* run) {
  v1::LeadAnswer none;
  for (const std::string& name : {id, address == id ? std::string() : address}) {
    if (name.empty()) continue;
    LP_ASSIGN_OR_ANSWER(auto there, OrRunFailed(LookUpContact(WholeTenant(caller.tenant_id()), name, run)));
    none.set_strict_fields(there.strict_fields());
    if (!there.has_record() || (may_share && there.lead_id() != id)) continue;
    std::optional<v1::LeadAnswer> seen = std::move(there);
    if (caller.has_agent_id()) {
      LP_ASSIGN_OR_ANSWER(seen, OrRunFailed(FindContact(caller, seen->lead_id(), run)));
    }
    if (!seen || !upserts) return ContactExists(seen);
    LP_ASSIGN_OR_ANSWER(const auto meant, OrRunFailed(ContactsMeant(caller, name, *seen, run)));
    if (meant.size() > 1) return Ambiguous(meant, "email");
    return *std::move(seen);
  }
  return none;
}

std::string IdNotTaken(std::string_view body, const access::SentCommand& sent) {
  if (body.empty() || sent.creates) return {};
  const auto object = ReadObject(body);
  const auto* const json = std::get_if<Json>(&object);
  if (json == nullptr) return {};
  const auto read = ReadContactKeys(*json);
  const auto* contact = std::get_if<ContactKeys>(&read);
  if (contact == nullptr || contact->id.empty() || contact->id == sent.lead) return {};
  return "the id " + contact->id + " is not taken: the contact with this address has the id " + sent.lead;
}

std::variant<bool, http::Response> SeesAllWith(const std::string& address, const v1::Caller& caller, RunClient* run) {
  if (address.empty() || !caller.has_agent_id()) return true;
  const v1::Caller anybody = WholeTenant(caller.tenant_id());
  const std::optional<v1::MailboxUsers> users = run->UsersOf(anybody, address);
  if (!users) return Unavailable();
  std::vector<std::string> all(users->lead_ids().begin(), users->lead_ids().end());
  LP_ASSIGN_OR_ANSWER(const auto mailbox, OrRunFailed(FindById(anybody, address, run)));
  if (mailbox) all.push_back(address);
  for (const std::string& lead : all) {
    LP_ASSIGN_OR_ANSWER(const auto seen, OrRunFailed(FindById(caller, lead, run)));
    if (!seen) return false;
  }
  return true;
}

}  // namespace leadpulse::serve
