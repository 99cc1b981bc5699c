// The forms of the page of leads. Each goes back to the page it was on; a refusal shows that page with the reason.
#pragma once

#include "processor/http/handler.h"
#include "processor/serve/pages/page_request.h"

namespace leadpulse::serve {

// Fields: `email`, `first_name`, `last_name`, `phone`, `company_name`. Opens the new contact, or the one that already
// has the address.
http::Answer AddLead(const PageRequest& request);
// Fields: `lead`; `action`: `update` (lead_edit.h), `erase`, or the end of a route `/contacts/{id}/…` with its members
// as fields; `version` of the contact on the page, for `update`.
//
// If two people change the same attribute, the second one sees both values and nothing is saved. Other changes of the
// contact do not refuse the save.
http::Answer EditLead(const PageRequest& request);
// Fields: `what` (the end of a route) with its members; the chosen `lead`s, or `scope=all` for the whole search. Asks
// to confirm the number of contacts (`confirmed`), then starts a job.
http::Answer ChangeMany(const PageRequest& request);
// Fields: `columns`, `format`. Starts a job that exports all contacts of the search.
http::Answer ExportLeads(const PageRequest& request);
// Sends all data of `lead`, for the person who asks for it (GDPR 15, 20).
http::Answer DownloadLead(const PageRequest& request);
// Saves the search under the field `title`.
http::Answer SaveView(const PageRequest& request);
http::Answer RemoveView(const PageRequest& request);

}  // namespace leadpulse::serve
