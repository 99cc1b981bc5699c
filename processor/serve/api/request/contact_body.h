// The bodies of requests that write, as commands.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "processor/base/instant.h"
#include "processor/base/json.h"
#include "processor/http/handler.h"
#include "processor/serve/api/request/routes.h"
#include "schemas/codec/records.h"

namespace leadpulse::serve {

// The id, address and attributes of a new contact.
struct ContactBody {
  std::string id;          // empty: the address is used
  std::string address;     // normalised; empty: none
  std::string attributes;  // JSON: an object
};

// The members that commands of all actions have.
struct CommandHead {
  std::string tenant;
  std::string lead;
  std::string id;
  std::string actor;
  std::string expected_version;  // empty: any
  Instant at;
};

// Reads `{"email": "Jane <jane@example.com>", "first_name": "Jane", "attributes": {"industry": "SaaS"}}`. Members other
// than `id`, `email` and `attributes` are attributes, too. The problem names the error.
std::variant<ContactBody, http::Response> ReadContact(std::string_view body);
// Returns why no new contact may have the id, because `/contacts/ID` would not show it. Empty if one may.
std::string WhyNoNewId(const std::string& id);
// Reads a merge patch `{"first_name": "Jane", "city": null}`, with or without `attributes` or `profile` around the
// members, of the contact with this id and record (processor/query/leads/lead_record.h). Other members that the record
// has are taken, and change nothing, if they have its values. Returns an object of attributes, in which null unsets.
std::variant<std::string, http::Response> ReadPatch(std::string_view body, const std::string& id,
                                                    const std::string& record);
// Returns the attribute that a refused command's sentence begins with: "the value of `budget` does not convert …".
// Empty if it is about no attribute.
std::string AttributeAtFault(std::string_view detail);
// Reads the body, which has the members of the route and no others.
std::variant<std::string, http::Response> ReadAction(const Route& route, std::string_view body);

// Reads the same, each member of its type and none null.
std::variant<Json, http::Response> ReadBody(const Route& route, std::string_view body);

// Decodes a command whose actions are the members of the JSON object `actions`.
codec::Decoded DecodeCommand(const CommandHead& head, std::string_view actions);

// Makes the command with the action `member`, whose JSON is `action`. The problem is the error that a run would find in
// the record.
std::variant<codec::Command, http::Response> MakeCommand(const CommandHead& head, std::string_view member,
                                                         std::string_view action);

}  // namespace leadpulse::serve
