// The bodies of requests that write, as actions of commands.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "processor/base/instant.h"
#include "processor/base/json.h"
#include "processor/http/handler.h"
#include "processor/serve/api/request/routes.h"
#include "schemas/codec/records.h"

namespace leadpulse::serve {

// The members that commands of all actions have.
struct CommandHead {
  std::string tenant;
  std::string lead;
  std::string id;
  std::string actor;
  std::string expected_version;  // empty: any
  Instant at;
};

inline constexpr std::string_view kUpdateProfile = "updateProfile";  // the action that sets attributes

// An action of a command.
struct CommandAction {
  std::string member;  // of LeadCommand: `setStage`
  std::string json;    // its value
  std::string field;   // the member of the body that it comes from; empty: the body is the action
};

// Reads a body, which must be a JSON object.
std::variant<Json, http::Response> ReadObject(std::string_view body);
// Returns the attribute that a refused command's sentence begins with: "the value of `budget` does not convert …".
// Empty if it is about no attribute.
std::string AttributeAtFault(std::string_view detail);
// Reads the body, which has the members of the route and no others. Problems name the member, or `field` if that is not
// empty.
std::variant<std::string, http::Response> ReadAction(const Route& route, std::string_view body,
                                                     std::string_view field = {});

// Reads the same, each member of its type and none null.
std::variant<Json, http::Response> ReadBody(const Route& route, std::string_view body);

// Decodes a command whose actions are the members of the JSON object `actions`.
codec::Decoded DecodeCommand(const CommandHead& head, std::string_view actions);

// Makes the command with these actions. The problem is the error that a run would find in the record; it names the
// member of the body.
std::variant<codec::Command, http::Response> MakeCommand(const CommandHead& head,
                                                         std::span<const CommandAction> actions);

}  // namespace leadpulse::serve
