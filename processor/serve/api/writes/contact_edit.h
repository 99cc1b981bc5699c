// The bodies of `POST /contacts` and `PATCH /contacts/{id}`: attributes, and members of a contact that are none
// (contact_members.h).
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "processor/base/json.h"
#include "processor/http/handler.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/api/writes/contact_members.h"

namespace leadpulse::serve {

// Which contact a new one would be.
struct ContactKeys {
  std::string id;       // empty: the address is used
  std::string address;  // normalised; empty: none
};

// What a body changes of a contact.
struct ContactEdit {
  std::string attributes;  // JSON: an object, in which null unsets
  MemberChanges members;
  // Whether it changes nothing but opt-outs, which are events.
  bool has_command() const { return attributes != "{}" || !members.actions.empty(); }
};

// Reads who is meant by `{"email": "Jane <jane@example.com>", "first_name": "Jane", "attributes": {"industry":
// "SaaS"}}`, an object.
std::variant<ContactKeys, http::Response> ReadContactKeys(const Json& body);
// Reads such a body. Members that are no `attributes` and not those of contact_members.h are attributes, too.
// `present`: the contact that is there (query::ContactJson), its members in snake_case, which an upsert changes; null
// for a new one.
std::variant<ContactEdit, http::Response> ReadContact(const Json& body, const ContactKeys& keys, const Json* present,
                                                      access::Role role);
// Whether ReadContact compares members of the body with `present`. If not, its members may be missing.
bool ComparesWithContact(const Json& body);
// Reads a merge patch `{"first_name": "Jane", "city": null}` of the contact `present`, with or without
// `attributes` or `profile` around the attributes. Members that have the contact's values change nothing.
std::variant<ContactEdit, http::Response> ReadPatch(std::string_view body, const Json& present, access::Role role);
// Returns why no new contact may have the id, because `/contacts/ID` would not show it. Empty if one may.
std::string WhyNoNewId(const std::string& id);

}  // namespace leadpulse::serve
