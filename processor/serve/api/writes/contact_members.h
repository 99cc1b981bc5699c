// The members of a contact that are no attributes, in bodies of POST and PATCH: what the API can do with them is done,
// and what follows from other data is refused, so that none is stored as an attribute that nothing reads.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/json.h"
#include "processor/base/value.h"
#include "processor/http/handler.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/api/request/contact_body.h"
#include "processor/serve/api/writes/topic_change.h"

namespace leadpulse::serve {

// Returns the value as JSON.
std::string JsonTextOf(const Json& value);

// Whether a GET shows a member of that name that is no attribute, or the name is one of those that a body may have
// beside: `unsubscribed`, `topics`. In camelCase or snake_case, or spelled as attributes may be: `Do not contact`.
bool IsContactMember(std::string_view name);

// Whether an attribute with that value seems to say that the person gets no mail, as `opted_out: true` does.
bool SoundsLikeOptOut(std::string_view name, const Value& value);

// What the members of a body change of a contact.
struct MemberChanges {
  std::vector<CommandAction> actions;  // of one command, each at most once
  std::vector<CommandAction> more;     // consents beyond the first, each for a command of its own
  std::vector<TopicChange> opt_outs;   // each for an event
};

// Reads members of a body. A member that has the contact's value changes nothing.
class MemberReader {
 public:
  // Keeps `present`, the contact as a GET shows it (query::ContactJson), in snake_case; null for a new one. It must
  // outlive this.
  MemberReader(const Json* present, access::Role role) : present_(present), role_(role) {}

  // Adds what the member changes. `name` must be one of IsContactMember. Returns the problem if it cannot be.
  std::optional<http::Response> Add(const std::string& name, const Json& value);
  // Returns the changes, or the problem of members that belong together.
  std::variant<MemberChanges, http::Response> Take();

 private:
  // Adds the action of `POST /contacts/{id}/ROUTE` with this body. `field` is the member at fault if it is wrong.
  std::optional<http::Response> AddAction(std::string_view route, const std::string& field, std::string_view body);
  std::optional<http::Response> AddNames(std::string_view member, const std::string& field, const Json& value);
  std::optional<http::Response> AddAgent(const std::string& field, const Json& value);
  std::optional<http::Response> AddQualification(const std::string& field, const Json& value);
  std::optional<http::Response> AddConsents(const std::string& field, const Json& value);
  std::optional<http::Response> AddUnsubscribed(const std::string& field, const Json& value);
  std::optional<http::Response> AddTopics(const std::string& field, const Json& value);
  std::optional<http::Response> AddTopicsOut(const std::string& field, const Json& value);
  // Adds an opt-out of the topic, unless the contact has it.
  void AddOptOut(std::string_view topic);
  // Returns the member of the contact; null for a new one.
  const Json& Present(std::string_view member) const;
  bool IsOutOf(std::string_view topic) const;

  const Json* const present_;
  const access::Role role_;
  MemberChanges changes_;
  std::optional<bool> do_not_contact_;
  std::string reason_;  // of do-not-contact
  bool has_reason_ = false;
};

}  // namespace leadpulse::serve
