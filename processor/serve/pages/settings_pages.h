// The settings of a company, for its admins: definitions, users, API tokens and the audit log; and
// for operators, all companies.
//
// Passwords and secrets of tokens are shown once, on the page that answers the form which made them. They are in no
// address and no log, and that page is stored nowhere.
#pragma once

#include "processor/http/handler.h"
#include "processor/serve/pages/page_request.h"

namespace leadpulse::serve {

// The text of the definitions, and the fields and topics that it declares. Field `version` of the form is what the user
// has seen: a save that is refused because somebody else has saved meanwhile shows both texts.
http::Answer ShowDefinitions(const PageRequest& request);
http::Answer SaveDefinitions(const PageRequest& request);

http::Answer ShowUsers(const PageRequest& request);
// Field `what`: `add`, `change` or `remove`.
http::Answer EditUsers(const PageRequest& request);

http::Answer ShowTokens(const PageRequest& request);
// Field `what`: `create` or `revoke`.
http::Answer EditTokens(const PageRequest& request);

// For operators. Fields `new_tenant` and, if the tenant gets its first admin at once, `admin`.
http::Answer ShowTenants(const PageRequest& request);
http::Answer AddTenant(const PageRequest& request);

// Parameters `who`, `lead`, `action` and `cursor`, as the API takes them.
http::Answer ShowAudit(const PageRequest& request);

}  // namespace leadpulse::serve
