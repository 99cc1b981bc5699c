// Users, tokens, tenants and the audit log over HTTP, for admins. Each change is one call of access::AccessStore, which
// adds its line to the audit log.
//
// An admin can give others at most its own rights: neither a higher role nor a scope that its token does not have. An
// operator names another tenant with the parameter `tenant`. Unknown and foreign users, tokens and tenants look the
// same (404).
#pragma once

#include <string>
#include <string_view>

#include "processor/base/clock.h"
#include "processor/base/json_object.h"
#include "processor/http/handler.h"
#include "processor/serve/access/access_store.h"
#include "processor/serve/access/audit_log.h"
#include "processor/serve/access/command_log.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/continuations.h"

namespace leadpulse::serve {

// The page at which a user sets a password (login_pages.cc); its parameter `code` is the secret of an invitation.
inline constexpr std::string_view kInvitationPath = "/invite";

// What the settings use. All must outlive the answer.
struct AdministrationParts {
  const Continuations& continuations;
  access::AccessStore* store;
  access::AuditLog* audit;
  access::CommandLog* commands;
  const Clock* clock;
  std::string public_url;  // where people reach the front
  // Appends the member `changes` for SentCommand::undo (api/writes/kept_change.h), if it is about fields of a lead.
  void (*append_changes)(std::string_view undo, JsonObject* object);
};

// Answers a request to a route of the kind kAdministration. Thread-safe. Adding a user takes 0.1 s, for the hash of its
// password.
http::Response AnswerAdministration(const ApiRequest& request, const access::Principal& principal,
                                    const AdministrationParts& parts);

}  // namespace leadpulse::serve
