// The mailbox's side of the links between leads and mailboxes (address_links.h), for the leads of one partition.
//
// Any lead can be a mailbox. LeadIdentity::leads has the leads that use it, and others whose events name its address.
// Owned by a PartitionEngine and used by its thread. Changes the identity of the mailbox that it is given, appends
// messages to the output and counts; the engine evaluates and erases the mailbox, and marks it as changed.
#pragma once

#include <memory>
#include <string_view>

#include "processor/engine/engine_output.h"
#include "processor/engine/lead_definitions.h"
#include "processor/engine/lead_message.h"
#include "processor/engine/view_changes.h"
#include "state/cache/partition_leads.h"
#include "state/lead/lead.h"

namespace leadpulse::engine {

// Updates the standing of a lead whose address is its own id, after the facts of others changed. Does nothing for a
// lead that is no mailbox.
void TakeOwnStanding(state::Lead* lead);

class MailboxLinks {
 public:
  // Keeps the arguments, which outlive this. `leads`: those of the partition, which make pseudonyms.
  MailboxLinks(const LeadDefinitions* definitions, const state::PartitionLeads* leads, EngineOutput* output)
      : definitions_(definitions), leads_(leads), output_(output) {}

  // What a message changes for a mailbox itself.
  enum class Effect {
    kNone,
    kStanding,  // its own standing: it may have to be evaluated
    kErased,    // its last user is erased, and it is no lead of its own: it has to be erased, too
  };
  // Keeps what a lead tells the mailbox, answers it, and tells the other users.
  Effect Receive(const LeadMessage& message, const ToMailbox& content, const EvaluationCause& cause,
                 state::Lead* mailbox) const;
  // Tells all users but `except` the standing, or passes `entries` on, or both.
  void TellUsers(bool standing, const std::shared_ptr<const state::Journal>& entries, std::string_view except,
                 const EvaluationCause& cause, const state::Lead& mailbox) const;
  // Lets the leads that used the mailbox until `by_email` was switched off ask again, after it was switched on. On
  // Kafka the partition of such a lead may have skipped the definitions in between: then the lead still believes to be
  // a user.
  void TellForgotten(const EvaluationCause& cause, const state::Lead& mailbox) const;
  // Whether leads that `by_email` let go may still believe to be users: the row must outlive this, for TellForgotten.
  bool HasForgotten(const state::Lead& mailbox) const;
  // Tells all users the standing.
  void TellStanding(const EvaluationCause& cause, const state::Lead& mailbox) const {
    TellUsers(/*standing=*/true, nullptr, "", cause, mailbox);
  }

 private:
  // Registers the sender, or refuses it.
  ToUser AnswerTo(const LeadMessage& message, const ToMailbox& content, state::Lead* mailbox) const;
  // Returns whether the facts that belong to the address have changed.
  bool KeepFacts(const LeadMessage& message, const ToMailbox& content, state::LeadIdentity* mailbox) const;

  const LeadDefinitions* const definitions_;
  const state::PartitionLeads* const leads_;
  EngineOutput* const output_;
};

}  // namespace leadpulse::engine
