// Predicts what a run will find when it reads the commands of one contact: who else has the address, whether the
// contact may then be mailed, and whether a record would change its lead. For an import, before it writes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/engagement.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "schemas/codec/records.h"
#include "state/lead/lead.h"
#include "state/store/lead_reader.h"

namespace leadpulse::query {

// The fate of the lead whose id is the address (the mailbox), if the contact is another lead.
enum class MailboxOutlook : uint8_t {
  kNoLead,  // there is no such lead
  kStays,   // it stays a lead beside the contact
  kMerges,  // it has no commands, so it becomes part of the contact's lead (spec §9, rule 3)
};

struct ContactOutlook {
  std::string lead;             // the id of the lead that the commands go to
  bool is_lead = false;         // it is there already
  std::string address;          // its address after the commands; empty: none
  bool is_new_address = false;  // the contact has another address now, or none, or is not there yet
  // The lead, or all users of its address, were erased at this time, and the commands were issued at or before it: a
  // run drops them, or erases the lead that they make. DistantPast(): no. If set, the members below are not.
  Instant erased_at = Instant::DistantPast();

  std::vector<std::string> users;  // the other leads that use the mailbox of the address, ascending
  MailboxOutlook mailbox = MailboxOutlook::kNoLead;
  EmailStatus email_status = EmailStatus::kActive;
  bool is_of_address = false;  // others' events for the address suffice for this status; false: the lead's own cause it
  bool do_not_contact = false;
  bool no_room = false;               // too many leads use the address (spec §9, rule 5)
  bool is_domain_suppressed = false;  // by `suppress: {domains}` of the definitions
  // The state no longer holds the lead: status and do-not-contact are what remains after its erasure.
  bool after_erasure = false;
  // Another lead that has the address and is do-not-contact: the mailbox or one of the first kMostUsersNamed users.
  std::string do_not_contact_lead;

  bool is_in_use() const { return !users.empty() || mailbox != MailboxOutlook::kNoLead; }
  // Returns the other contacts that will still have the address once this one has it.
  std::vector<std::string> OthersWithAddress() const;
  // Whether the contact cannot be mailed, or another lead with its address does not want mail.
  bool is_suppressed() const {
    return email_status != EmailStatus::kActive || do_not_contact || no_room || is_domain_suppressed ||
           !do_not_contact_lead.empty();
  }
};

// Predicts the outlook of one contact. `commands`: those of the contact, at least one, all with the same lead and
// issued_at. They are applied to copies, as the engine applies them; commands that it would reject change nothing.
// Reads at most 3 + kMostUsersNamed rows. Errors are those of the store, and a fatal one for a lead that cannot be
// read.
Result<ContactOutlook> OutlookOf(std::span<const codec::Command* const> commands, const state::LeadReader& store,
                                 const config::TenantDefinitions& definitions);

// ---- whether a record would change a lead; thread-safe ----

// Whether the command changes the lead's profile. False: it was applied before, or the profile already says the same.
// True for actions that no row of an import becomes.
bool ChangesProfile(const state::Lead& lead, const codec::Command& command,
                    const config::TenantDefinitions& definitions);

// Returns the attributes that the command, made of a row of an export, sets to what an export shows of the lead. The
// lead's value may be of another type: an export does not tell the number 5 from a text, nor a list from one.
std::vector<std::string> ShownAlike(const state::Lead& lead, const codec::Command& command,
                                    const config::TenantDefinitions& definitions);

// Whether the lead's journal has the event.
bool KnowsEvent(const state::Lead& lead, const codec::Event& event);

}  // namespace leadpulse::query
