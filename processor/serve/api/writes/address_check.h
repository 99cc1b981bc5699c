// The check of every way in which a contact gets an address: creations, updates, upserts, and rows of imports.
//
// The run predicts the contact's address after the command, because it has more ways than a new `email`: the id stands
// in for an `email` that is unset. An address is taken if another contact has it. Contacts that the caller may not see
// count like others, and are not named. The check reads the latest commit; NewContacts keeps requests of one front
// apart. What passes at the same time elsewhere is in `GET /contacts/duplicates`. A new contact that FindExisting has
// sought by its address needs no prediction: nobody has the address.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "leadpulse/v1/query.pb.h"
#include "processor/http/handler.h"
#include "processor/serve/access/command_log.h"
#include "processor/serve/runs/run_client.h"
#include "schemas/codec/records.h"

namespace leadpulse::serve {

// Returns the address that the command asks for: the `email` that it sets, else the id, which may be none. nullopt: it
// sets no `email` and unsets none, so the address stays.
std::optional<std::string> AddressSought(const codec::Command& command);

// Checks that attributes are declared where the tenant demands it, the syntax of the address that the command gives its
// contact, and that it is free. With `may_share` it may be taken. nullopt: all is right. `field` is the member of the
// body that has the address. The problem names a contact that has the address if the caller may see one.
std::optional<http::Response> CheckUpdate(const codec::Command& command, std::string_view field,
                                          const v1::Caller& caller, bool may_share, RunClient* run);

// Checks the syntax of an address that a contact would get. A text without `@` is none, so it is all right.
std::optional<http::Response> CheckSyntax(const std::string& address, std::string_view field);

// Finds the contact that a new one would repeat, by its id or, unless it may share that, by its address (empty: none).
// If there is none, the answer is that of LookUpContact. It is a problem without `upserts`, or if the caller may not
// see it or has to say which one.
std::variant<v1::LeadAnswer, http::Response> FindExisting(const std::string& id, const std::string& address,
                                                          const v1::Caller& caller, bool upserts, bool may_share,
                                                          RunClient* run);
// Returns a warning if an upsert has found the contact by its address, so that it does not get the id that was sent.
// Empty: none. `body`: that of the upsert, empty for other writes.
std::string IdNotTaken(std::string_view body, const access::SentCommand& sent);

// Whether the caller may see every contact that has the address, as an opt-in for all of them needs.
std::variant<bool, http::Response> SeesAllWith(const std::string& address, const v1::Caller& caller, RunClient* run);

}  // namespace leadpulse::serve
