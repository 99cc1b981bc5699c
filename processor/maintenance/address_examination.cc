#include "processor/maintenance/address_examination.h"

#include <utility>

#include "processor/base/address.h"
#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/engine/lead_check_result.h"
#include "processor/engine/lead_message.h"
#include "processor/engine/partitioner.h"
#include "state/codec/lead_codec.h"
#include "state/store/store_keys.h"

namespace leadpulse::maintenance {
namespace {

using state::Lead;
using state::LeadIdentity;
using state::RowFamily;
using state::StatusFacts;

// Of rows as they are stored. A mailbox may have a long journal and thousands of users.
constexpr size_t kMostMendedBytes = 64 << 20;

bool IsRegistered(const Lead& lead) {
  return lead.identity && lead.identity->registration == state::Registration::kRegistered;
}

bool Shares(const engine::DefinitionsInForce& definitions, const Lead& row) {
  return row.identity && definitions.current->For(row.key.tenant).identity_by_email;
}

// Whether the lead's address is its own id, so that its mailbox is itself.
bool HasOwnStanding(const Lead& row) {
  return row.is_lead() && row.identity->mailbox.empty() && IsMailboxId(row.key.lead);
}

// Returns the facts of a lead that its mailbox keeps.
StatusFacts SharedFacts(const Lead& user) {
  return engine::OptOutsOf(FactsOfAddress(user, user.identity->FindSlot(user.identity->mailbox)));
}

// Returns the opt-outs that a lead must have from its mailbox. A mailbox that is its own address has them from others.
StatusFacts RightStanding(const Lead& lead, const Lead& mailbox) {
  const bool is_own = lead.key == mailbox.key;
  const StatusFacts own = is_own ? StatusFacts() : FactsOfAddress(mailbox, state::kOwnSlot);
  return StandingWithout(*mailbox.identity, own, lead.key.lead);
}

}  // namespace

std::string AddressExamination::RowKey(const LeadKey& key) const {
  return state::LeadRowKey(engine::PartitionOf(key, ports_.partitions), EncodeLeadKey(key));
}

Result<std::optional<Lead>> AddressExamination::Find(const LeadKey& key) const {
  const std::string row_key = RowKey(key);
  if (const auto mended = mended_.find(row_key); mended != mended_.end()) return std::optional(mended->second);
  LP_ASSIGN_OR_RETURN(const std::optional<std::string> value, ports_.find(row_key));
  if (!value) return std::optional<Lead>();
  LP_ASSIGN_OR_RETURN(Lead lead, state::DecodeLead(key, *value));
  return std::optional(std::move(lead));
}

void AddressExamination::TakeMended(Lead* row) const {
  if (mended_.empty()) return;
  const auto mended = mended_.find(RowKey(row->key));
  if (mended != mended_.end()) row->identity = mended->second.identity;
}

void AddressExamination::Remember(const Lead& row) {
  if (!row.identity || row.identity->leads.empty()) return;
  if (mended_bytes_ >= kMostMendedBytes) {
    // A failed write ends the repair at its next write.
    if (ports_.settle != nullptr && !ports_.settle().ok()) return;
    mended_.clear();
    mended_bytes_ = 0;
  }
  mended_bytes_ += state::EncodeLead(row).size();
  mended_.insert_or_assign(RowKey(row.key), row);
}

void AddressExamination::Mend(ProblemKind kind, const LeadKey& subject, std::string what, const Lead& mailbox) {
  Remember(mailbox);
  ports_.report(kind, Remedy::kRepair, subject, std::move(what),
                {{RowFamily::kLeads, RowKey(mailbox.key), state::EncodeLead(mailbox)}});
}

void AddressExamination::ExamineUsers(const engine::DefinitionsInForce& definitions, const Lead& row) {
  if (!Shares(definitions, row)) return;
  registered_ += IsRegistered(row) && definitions.AreCurrent(row.definitions_number, row.key.tenant);
  if (row.identity->leads.empty()) return;
  all_agree_ = all_agree_ && (!HasOwnStanding(row) || row.identity->standing == RightStanding(row, row));
  std::vector<std::string> strangers;
  for (const auto& [id, known] : row.identity->leads) {
    if (!known.uses) continue;
    const Result<std::optional<Lead>> user = Find({row.key.tenant, id});
    if (!user.ok()) continue;
    const bool is_held = user->has_value();
    // The rollout has not reached these leads: they share nothing yet.
    if (is_held && !definitions.AreCurrent((*user)->definitions_number, row.key.tenant)) continue;
    if (!is_held || !(*user)->identity || (*user)->identity->mailbox != row.key.lead) {
      strangers.push_back(id);
      continue;
    }
    agreeing_ += IsRegistered(**user) && known.facts == SharedFacts(**user) &&
                 (*user)->identity->standing == RightStanding(**user, row);
  }
  ReportStrangers(strangers, row);
}

void AddressExamination::ReportStrangers(const std::vector<std::string>& strangers, const Lead& mailbox) {
  if (strangers.empty()) return;
  Lead mended = mailbox;
  for (const std::string& id : strangers) {
    mended.identity->leads[id].uses = false;  // its opt-outs stay those of the address
    Mend(ProblemKind::kUnknownUser, mailbox.key,
         "has lead " + ValueToJson(id) + " among its users, which does not use it", mended);
  }
}

void AddressExamination::ExamineUse(const engine::DefinitionsInForce& definitions, const Lead& row) {
  if (!Shares(definitions, row) || !IsRegistered(row)) return;
  if (!definitions.AreCurrent(row.definitions_number, row.key.tenant)) return;
  const std::string& address = row.identity->mailbox;
  const std::string named = "the mailbox " + ValueToJson(address);
  Result<std::optional<Lead>> found = Find({row.key.tenant, address});
  if (!found.ok()) return;
  if (!found->has_value()) {
    return ports_.report(ProblemKind::kMissingMailbox, Remedy::kRestore, row.key,
                         "uses " + named + ", which the state does not hold: what was sent for the address is lost",
                         {});
  }
  Lead& mailbox = **found;
  LeadIdentity& identity = mailbox.identity.Get();
  const auto known = identity.leads.find(row.key.lead);
  const bool is_known = known != identity.leads.end() && known->second.uses;
  const StatusFacts facts = SharedFacts(row);
  if (is_known && known->second.facts == facts) return;
  identity.leads[row.key.lead] = {/*uses=*/true, facts};
  if (is_known) {
    return Mend(ProblemKind::kWrongUserFacts, row.key, "has other opt-outs than " + named + " keeps of it", mailbox);
  }
  Mend(ProblemKind::kForgottenUser, row.key,
       "uses " + named + ", which does not have it among its users: what is reported for the address does not reach it",
       mailbox);
}

void AddressExamination::ExamineStanding(const engine::DefinitionsInForce& definitions, Instant clock,
                                         const Lead& row) {
  if (!Shares(definitions, row) || !definitions.AreCurrent(row.definitions_number, row.key.tenant)) return;
  const bool is_own = HasOwnStanding(row);
  if (!is_own && !IsRegistered(row)) return;
  const std::string& address = is_own ? row.key.lead : row.identity->mailbox;
  const Result<std::optional<Lead>> mailbox = Find({row.key.tenant, address});
  if (!mailbox.ok() || !mailbox->has_value() || !(*mailbox)->identity) return;  // already reported
  StatusFacts right = RightStanding(row, **mailbox);
  if (row.identity->standing == right) return;
  Lead mended = row;
  mended.identity->standing = std::move(right);
  if (mended.is_lead()) engine::MakeDue(definitions, clock, &mended);
  ports_.report(ProblemKind::kWrongStanding, Remedy::kReevaluate, row.key,
                "does not have the opt-outs that the mailbox " + ValueToJson(address) + " has of others",
                ReplaceLead(engine::PartitionOf(row.key, ports_.partitions), mended, row.next_change_at));
}

}  // namespace leadpulse::maintenance
