// E-mail addresses: their syntax, their mailboxes, and the one that an event is about.
#pragma once

#include <string>

#include "tests/support/model/lead.h"
#include "tests/support/model/record.h"

namespace leadpulse::model {

// Returns the form in which addresses are compared: without white space at the ends and marks that nobody sees, the
// part before the last @ composed (NFC) with small ASCII letters, the domain in the ASCII form of UTS 46.
std::string NormalAddress(const std::string& text);

// Returns the address that an event's `email` names; empty if it names none.
std::string NamedAddress(const std::string& email);

// Whether a new attribute `email` is refused.
bool IsInvalidEmail(const Json& sent);

// Whether a lead with this id is the mailbox of an address.
bool IsMailbox(const std::string& lead_id);

// Returns the lead's address as it was sent: its attribute `email` if that has an @, else its id if that has one, else
// empty.
std::string SentAddressOf(const Lead& lead);

// Returns SentAddressOf, normalised.
std::string MailAddressOf(const Lead& lead);

// Returns the address that a lead uses without being its mailbox; empty if there is none.
std::string UsedAddressOf(const Lead& lead);

// Returns the address that the lead has, or had last; empty if it never had one.
std::string LastAddressOf(const Lead& lead);

// Returns the address that an event belongs to when it is applied to a lead now.
Belonging BelongingOf(const Event& event, const Lead& lead);

// Returns the address that an event belongs to if it is dropped because the lead of this id was erased.
Belonging BelongingOfDropped(const Event& event, const std::string& lead_id);

// Whether a command sets the attribute `email`.
bool SetsEmail(const Command& command);

}  // namespace leadpulse::model
