#include "tools/leadpulse/lead/erase_question.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "processor/base/address.h"
#include "processor/base/status.h"
#include "processor/base/text.h"
#include "processor/engine/lead_address.h"
#include "processor/query/addresses/erasure_reach.h"
#include "processor/query/state_access.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/terminal.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

constexpr size_t kIdWidth = 34;

std::string Line(const std::string& id, size_t width, const std::string& what) {
  return TextLine("  " + PaddedToWidth(DisplayableLine(id), width) + "  " + what);
}

// Describes the first lead, which is that of the command's key.
std::string DescribeFirst(const query::ErasureReach& reach, bool by_address) {
  const query::ErasedLead& first = reach.leads.front();
  const bool is_mailbox = !reach.users.empty() || !reach.staying.empty();
  std::string what = first.is_lead ? "the lead" : "not in the state";
  if (is_mailbox) what = first.is_lead ? "the mailbox, a lead" : "the mailbox, which is no lead";
  if (!first.is_published) return what + ": no change is published";
  const bool is_unexpected = !first.is_lead && (!by_address || !is_mailbox);
  return what + ": LEAD_ERASED is published" + (is_unexpected ? " all the same" : "");
}

std::string DescribeReach(const codec::Command& erase, const query::ErasureReach& reach) {
  size_t width = 0;
  for (const query::ErasedLead& lead : reach.leads) width = std::max(width, DisplayWidth(DisplayableLine(lead.id)));
  for (const std::string& id : reach.emptied) width = std::max(width, DisplayWidth(DisplayableLine(id)));
  width = std::min(width, kIdWidth);
  std::string text = "It erases, of tenant " + erase.key.tenant + ":\n";
  text += Line(reach.leads.front().id, width, DescribeFirst(reach, erase.by_address));
  for (size_t i = 1; i < reach.leads.size(); ++i) {
    const query::ErasedLead& lead = reach.leads[i];
    text += Line(lead.id, width,
                 Concat({"uses the address: ", lead.is_published ? "LEAD_ERASED" : "no change", " is published"}));
  }
  for (const std::string& id : reach.emptied) {
    text += Line(id, width, "a mailbox that nobody else uses: no change is published");
  }
  if (!reach.staying.empty()) {
    text +=
        "These use the address and stay: " + query::NameUsers(reach.staying) + ". With --email they are erased, too.\n";
  }
  return text;
}

std::string Refusal(const codec::Command& erase, const query::ErasureReach& reach) {
  const std::string address = DisplayableLine(erase.key.lead);
  return Concat({address, " is ", query::SpellUsers(reach.users), "; an erase by address reaches at most ",
                 std::to_string(engine::kMaxErasedByAddress),
                 " users, and a run would refuse it; erase each by --lead: `leadpulse leads --where 'email = \"",
                 address, "\"'` lists them"});
}

// Gives the command the lead whose id is the address that its lead is another spelling of, and says so. Ids compare
// byte by byte, so the run would find nobody.
Status FindOtherSpelling(const state::LeadReader& store, codec::Command* erase) {
  const std::string address = NormalizeAddress(erase->key.lead);
  if (erase->by_address || !IsMailboxId(address) || address == erase->key.lead) return Status::Ok();
  LP_ASSIGN_OR_RETURN(const std::optional<state::Lead> exact, query::FindRow(store, erase->key));
  LP_ASSIGN_OR_RETURN(const std::optional<state::Lead> meant, query::FindRow(store, {erase->key.tenant, address}));
  if (exact || !meant) return Status::Ok();
  PrintToStandardError(
      Concat({DisplayableLine(erase->key.lead), " is the address of lead ", DisplayableLine(address), ".\n"}));
  erase->key.lead = address;
  return Status::Ok();
}

// Returns the leads to erase; nullopt, after the reason was printed unless nobody is asked, if they cannot be shown.
Result<std::optional<query::ErasureReach>> FindReach(const EraseQuestion& question, codec::Command* erase) {
  const auto not_shown = [&question](const std::string& why) {
    if (!question.yes) PrintToStandardError("Whom it erases cannot be shown" + why);
    return std::optional<query::ErasureReach>();
  };
  std::string directory = question.state;
  if (directory.empty() && question.target.kafka()) {
    const std::optional<config::Settings> settings = LoadSettingsFile(question.target.config);
    if (!settings) return Status::Rejected("");  // already printed
    directory = settings->state.directory;
  }
  if (directory.empty()) return not_shown(" without a state: say --state DIR.\n");
  Result<std::unique_ptr<state::LeadStore>> store = query::OpenStateToRead(directory, PrintWarning);
  // A run that starts has no state yet.
  if (!store.ok() && (question.yes || question.state.empty())) {
    return not_shown(": " + store.status().message() + "; if the state is elsewhere, say --state DIR.\n");
  }
  if (!store.ok()) return store.status();
  LP_RETURN_IF_ERROR(WarnOfMissingPartitions(**store));
  LP_RETURN_IF_ERROR(query::WarnIfNewTenant(erase->key.tenant, **store, PrintWarning));
  LP_RETURN_IF_ERROR(FindOtherSpelling(**store, erase));
  LP_ASSIGN_OR_RETURN(query::ErasureReach reach, query::ReachOfErasure(*erase, **store));
  return std::optional(std::move(reach));
}

// Returns what is erased if no state shows it: `everything about lead ann of tenant acme`.
std::string NameErased(const codec::Command& erase) {
  const std::string lead = DisplayableLine(erase.key.lead), tenant = " of tenant " + erase.key.tenant;
  if (!erase.by_address) return "everything about lead " + lead + tenant;
  return "everything about the address " + lead + tenant + ", and about every lead that uses it";
}

}  // namespace

ExitCode AskToErase(const EraseQuestion& question, codec::Command* erase) {
  const Result<std::optional<query::ErasureReach>> reach = FindReach(question, erase);
  if (!reach.ok()) return Fail(reach.status());
  if (*reach && (*reach)->is_refused) return Fail(Refusal(*erase, **reach));
  if (*reach) PrintToStandardError(DescribeReach(*erase, **reach));
  if (!*reach && question.yes) PrintToStandardError("It erases " + NameErased(*erase) + ".\n");
  if (question.yes) return kDone;
  if (Status status = CheckCanAsk(question.yes, "erase"); !status.ok()) return FailUsage(status);
  return SaysYes("Erase " + NameErased(*erase) + "? It cannot be undone.") ? kDone : Fail("nothing was erased");
}

}  // namespace leadpulse::tools
