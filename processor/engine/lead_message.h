// What one lead tells another of the same tenant (spec §9).
//
// A lead that uses an address and the mailbox of that address share opt-outs and events. They may belong to different
// partitions, so neither reads the other: each keeps what it needs (state/lead/identity.h), and a message brings what
// changes. A message either replaces an older value or adds entries that the journal knows by origin and id, so that
// receiving it again changes nothing. Messages between the same two leads must arrive in the order in which they were
// sent. A message creates no lead; it may create the row of a mailbox that is no lead of its own.
//
// Values; not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "schemas/codec/records.h"
#include "state/lead/journal.h"
#include "state/lead/lead.h"
#include "state/lead/standings.h"
#include "state/lead/status_facts.h"

namespace leadpulse::engine {

struct EngineOutput;
struct EvaluationCause;

// The record or the definitions that a message follows from; copied into the changes that it leads to.
struct MessageCause {
  codec::CauseKind kind = codec::CauseKind::kEvent;
  std::string id;
  bool backfill = false;
  std::optional<codec::SourcePosition> source;  // nullopt: no record
  std::string actor = {};                       // who sent the command; empty if it does not say
  friend bool operator==(const MessageCause&, const MessageCause&) = default;
};

// An erasure, as far as others have to know it.
struct ErasureNotice {
  Instant issued_at;       // when the command was issued
  bool suppress = false;   // the erased person also opts out of everything
  bool withdrawn = false;  // by Withdraw: the mailbox that it leaves is not erased
  friend bool operator==(const ErasureNotice&, const ErasureNotice&) = default;
};

// From a lead to the mailbox of an address that it uses or used, or that its events name. Replaces what the mailbox
// knows of the lead.
struct ToMailbox {
  bool uses = false;
  // The lead waits for the answer: it began to use the mailbox by a command issued at `since`, or asks once more after
  // it was refused. Instant::Never(): by an event.
  bool asks = false;
  Instant since = Instant::Never();
  uint64_t question = 0;                // LeadIdentity::question of the lead if it asks
  std::optional<ErasureNotice> erased;  // the lead is erased; `facts` is what it leaves
  // The lead has no slot for the address. The mailbox adds `facts`, which come from one event, to
  // LeadIdentity::others. `uses`, `asks` and `erased` are not set then.
  bool adds = false;
  // If it asks: the address in the form of before, if that is another one. What an erasure left under it counts, too.
  // The id of the receiver: the mailbox of the normal form asks for what an erasure left here.
  std::string former_address = {};
  // The lead's effective opt-outs and complaints that belong to the address.
  state::StatusFacts facts;

  // Whether a mailbox that does not know the sender learns nothing from it.
  bool is_empty() const { return !uses && !asks && facts == state::StatusFacts(); }
  friend bool operator==(const ToMailbox&, const ToMailbox&) = default;
};

// Returns the part of status facts that a mailbox keeps of other leads: hard bounces and signs of life count only where
// they were sent for the mailbox itself (spec §9, rule 1).
state::StatusFacts OptOutsOf(state::StatusFacts facts);

// From a mailbox to a lead that uses it.
struct ToUser {
  enum class RegistrationReply { kNone, kRegistered, kRefused };
  RegistrationReply reply = RegistrationReply::kNone;
  uint64_t question = 0;  // ToMailbox::question of the message that this answers; 0: this is no answer
  // The standing is that without the facts of the lead itself. Null: as it was. Shared by the messages to all users.
  std::shared_ptr<const state::Standings> standings;
  // Events that were sent for the mailbox. Null: none. Shared by the messages to all users; never changed.
  std::shared_ptr<const state::Journal> entries;
  // The addresses that they refer to by slot: slot k is addresses[k - 1], kOwnSlot the mailbox's own.
  std::vector<std::string> addresses;
  // An `erase` by address: the lead is erased, too. `issued_at` is the time of the mailbox's erasure for a lead that
  // begins to use it.
  std::optional<ErasureNotice> erase;
  bool was_user = false;  // the lead used the mailbox when that came: `erase` answers no question
  // To the mailbox the lead is no user (MailboxLinks::TellForgotten): one that believes to be registered asks again.
  bool forgotten = false;

  bool is_answer() const { return reply != RegistrationReply::kNone || (erase && !was_user); }
};

// A command that names only an address goes from the mailbox to the users for whom it is, who apply it as if it named
// them. The messages to all of them share the record's command; never null. A lead is what a former mailbox, or its
// erasure, gives to the mailbox of its address (address_forms.h); never null.
using MessageContent =
    std::variant<ToMailbox, ToUser, std::shared_ptr<const codec::Command>, std::shared_ptr<const state::Lead>>;

struct LeadMessage {
  LeadKey to;
  std::string from;                           // the sender's id
  Instant clock;                              // the clock of the record that it follows from
  std::shared_ptr<const MessageCause> cause;  // shared by the messages of a step; never null
  MessageContent content;
};

// Appends a message to the output. `from`: the sender's id. `cause`: of what the sender does now.
void SendMessage(LeadKey to, std::string_view from, MessageContent content, const EvaluationCause& cause,
                 EngineOutput* output);

// How far a record may reach beyond its lead: only from it can two records depend on each other that are for
// different leads.
struct RecordReach {
  // Ids of leads of the same tenant whose messages the record may cause or change.
  std::vector<std::string> leads;
  // The record may change other leads' use of addresses, if its lead shares one: an erasure, or a command by address.
  bool changes_others = false;
  // The lead's address is shared as far as is known before the record.
  bool is_shared = false;
  // The mailboxes among `leads`, which may have the record's own lead for this, may tell their users something.
  bool tells_users = false;
  // The lead begins to use the last mailbox of `leads`, which answers with its standing and, perhaps, its events.
  bool asks = false;
};

}  // namespace leadpulse::engine
