// Commands that name only an address (spec §9, rule 4).
#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/status.h"
#include "processor/engine/apply_command.h"
#include "processor/engine/erasure_remains.h"
#include "processor/engine/lead_address.h"
#include "processor/engine/partition_engine.h"

namespace leadpulse::engine {
namespace {

using codec::Rejection;
using state::Lead;
using state::LeadIdentity;
using state::RoutedCommand;
using Rows = std::vector<RoutedCommand>;

// ---- Which leads each command went to, as the mailbox of the address remembers it ----
//
// The rows of a command in LeadIdentity::routed stand next to each other, the oldest command first. A command that went
// to the same leads as the one before has one row, whose lead is empty: so that a mailbox with many users remembers as
// many commands as others. A lead that no longer uses the mailbox has a pseudonym there (HideFormerUsers).

// Returns the rows of the command whose first row this is.
std::span<const RoutedCommand> RowsFrom(const Rows& rows, size_t first) {
  size_t end = first;
  while (end < rows.size() && rows[end].command_id == rows[first].command_id) ++end;
  return std::span(rows).subspan(first, end - first);
}

// Returns the targets of the row's command. None if the row is damaged: it refers to no command before it.
std::vector<std::string> TargetsAt(const Rows& rows, size_t row) {
  while (row > 0 && rows[row].lead.empty()) --row;
  while (row > 0 && rows[row - 1].command_id == rows[row].command_id) --row;
  std::vector<std::string> targets;
  for (const RoutedCommand& one : RowsFrom(rows, row)) {
    if (!one.lead.empty()) targets.push_back(one.lead);
  }
  return targets;
}

size_t CountCommands(const Rows& rows) {
  size_t commands = 0;
  for (size_t i = 0; i < rows.size(); ++i) commands += i == 0 || rows[i].command_id != rows[i - 1].command_id;
  return commands;
}

void ForgetOldest(Rows* rows) {
  const size_t oldest = RowsFrom(*rows, 0).size();
  size_t forgotten = oldest;
  if (oldest < rows->size() && (*rows)[oldest].lead.empty()) {
    // The next command went to the same leads.
    const std::string next = (*rows)[oldest].command_id;
    for (size_t i = 0; i < oldest; ++i) (*rows)[i].command_id = next;
    rows->erase(rows->begin() + static_cast<ptrdiff_t>(oldest));
    forgotten = 0;
  }
  rows->erase(rows->begin(), rows->begin() + static_cast<ptrdiff_t>(forgotten));
}

// Returns the ids of the leads that a command went to, in the order in which they got it. Empty: not remembered.
std::vector<std::string> RoutedTargets(const LeadIdentity& mailbox, std::string_view command_id) {
  const Rows& rows = mailbox.routed;
  const auto first = std::ranges::find(rows, command_id, &RoutedCommand::command_id);
  if (first == rows.end()) return {};
  return TargetsAt(rows, static_cast<size_t>(first - rows.begin()));
}

// Records a command that went to `targets`, which are not empty, unless it is remembered already. Forgets the oldest
// ones beyond state::kMaxRoutedCommands and state::kMaxRoutedTargets.
void RememberRouted(const std::string& command_id, const std::vector<std::string>& targets, LeadIdentity* mailbox) {
  Rows& rows = mailbox->routed;
  if (std::ranges::find(rows, command_id, &RoutedCommand::command_id) != rows.end()) return;
  if (targets.size() > 1 && !rows.empty() && TargetsAt(rows, rows.size() - 1) == targets) {
    rows.push_back({command_id, ""});
  } else {
    for (const std::string& target : targets) rows.push_back({command_id, target});
  }
  size_t commands = CountCommands(rows);
  for (; commands > state::kMaxRoutedCommands || rows.size() > state::kMaxRoutedTargets; --commands) {
    ForgetOldest(&rows);
  }
}

// ---- Who gets a command ----

// Whether a command that names only an address is for everybody who has it (spec §9, rule 4).
bool IsForAll(const codec::Command& command) {
  const auto* set = command.actions.Find<codec::SetDoNotContact>();
  const auto* record = command.actions.Find<codec::RecordConsent>();
  return (set != nullptr && set->value) || (record != nullptr && !record->granted);
}

// Returns the ids of those remembered targets that are users again or still, and of others that are not hidden.
std::vector<std::string> KnownAmong(const std::vector<std::string>& targets, const Lead& mailbox,
                                    const state::PartitionLeads& leads) {
  std::vector<std::string> known;
  for (const std::string& target : targets) {
    const auto& users = mailbox.identity->leads;
    // A user's own id may look like a pseudonym. The facts of an erased lead are kept under one, too.
    const auto itself = users.find(target);
    if (!IsPseudonym(target) || (itself != users.end() && itself->second.uses)) {
      known.push_back(target);
      continue;
    }
    const auto user = std::ranges::find_if(users, [&](const auto& each) {
      return each.second.uses && PseudonymOf({mailbox.key.tenant, each.first}, leads) == target;
    });
    if (user != users.end()) known.push_back(user->first);
  }
  return known;
}

// Returns the ids of the leads that a command by address is for, in the order they get it; the mailbox's own too. None
// if it is repeated and went only to leads that use the mailbox no longer.
std::vector<std::string> TargetsOf(const codec::Command& command, const Lead* mailbox,
                                   const state::PartitionLeads& leads) {
  const std::string& own = command.key.lead;
  if (mailbox == nullptr || !mailbox->identity) return {own};
  const LeadIdentity& identity = *mailbox->identity;
  std::vector<std::string> targets = RoutedTargets(identity, command.command_id);
  if (!targets.empty()) return KnownAmong(targets, *mailbox, leads);
  if (mailbox->profile.newest_command_at.has_value()) targets.push_back(own);
  if (IsForAll(command) || (targets.empty() && identity.users() == 1)) {
    for (const auto& [id, lead] : identity.leads) {
      if (lead.uses) targets.push_back(id);
    }
  }
  if (targets.empty()) targets.push_back(own);
  return targets;
}

}  // namespace

ApplyResult PartitionEngine::ApplyByAddress(const codec::Command& command, const EvaluationCause& cause) {
  LP_ASSIGN_OR_RETURN(Found found, FindAt(command.key, cause.at));
  if (command.issued_at <= found.erased_at()) {
    ++output_->counters.dropped_erased;
    return std::optional<Rejection>();
  }
  Lead* mailbox = found.lead;
  const bool is_known =
      mailbox != nullptr && mailbox->identity && !RoutedTargets(*mailbox->identity, command.command_id).empty();
  if (command.actions.Find<codec::Erase>() != nullptr && !is_known) {
    return EraseByAddress(command, cause, std::move(found));
  }
  const std::vector<std::string> targets = TargetsOf(command, mailbox, leads_);
  const bool for_mailbox = std::ranges::find(targets, command.key.lead) != targets.end();
  std::optional<Rejection> rejection;
  if (for_mailbox) {
    LP_ASSIGN_OR_RETURN(rejection, ApplyTo(command, cause));
  }
  // A rejected command may have left no row. A mailbox that nobody uses remembers it, too: somebody may use it when the
  // command comes again.
  LP_ASSIGN_OR_RETURN(mailbox, leads_.Find(command.key));
  if (mailbox != nullptr) {
    RememberRouted(command.command_id, targets, &mailbox->identity.Get());
    leads_.MarkIdentityChanged(mailbox);
  }
  std::shared_ptr<const codec::Command> shared;
  for (const std::string& target : targets) {
    if (target == command.key.lead) continue;
    if (shared == nullptr) shared = std::make_shared<const codec::Command>(command);
    SendMessage({command.key.tenant, target}, command.key.lead, shared, cause, output_);
  }
  return rejection;
}

ApplyResult PartitionEngine::EraseByAddress(const codec::Command& command, const EvaluationCause& cause, Found found) {
  const Lead* const mailbox = found.lead;
  std::vector<std::string> users;
  if (mailbox != nullptr && mailbox->identity) {
    for (const auto& [id, lead] : mailbox->identity->leads) {
      if (lead.uses) users.push_back(id);
    }
  }
  if (users.size() > kMaxErasedByAddress) {
    return std::optional(Rejection{codec::Reason::kInvalidValue,
                                   "the address belongs to " + std::to_string(users.size()) +
                                       " leads, and `erase` by address erases at most 10; send one `erase` for each "
                                       "lead_id, if they should be erased"});
  }
  if (mailbox != nullptr && IsApplied(mailbox->profile, command.command_id)) {
    ++output_->counters.duplicates;
    return std::optional<Rejection>();
  }
  const bool suppress = command.actions.Find<codec::Erase>()->suppress;
  const bool is_published = users.empty() || (mailbox != nullptr && mailbox->is_lead());
  // A user that is the mailbox of this lead must be erased before it loses it: then it is a mailbox without users.
  for (const std::string& user : users) {
    ToUser content;
    content.erase = ErasureNotice{command.issued_at, suppress};
    content.was_user = true;
    SendMessage({command.key.tenant, user}, command.key.lead, std::move(content), cause, output_);
  }
  Erase(command.key, {command.issued_at, suppress, is_published, /*by_address=*/true}, cause, std::move(found));
  ++output_->counters.commands;
  return std::optional<Rejection>();
}

}  // namespace leadpulse::engine
