// What the forms of the page of leads do. Each goes back to the page that had it; a refusal shows that page with the
// sentence.
#pragma once

#include "processor/http/handler.h"
#include "processor/serve/pages/page_request.h"

namespace leadpulse::serve {

// `email`, `first_name`, `last_name`, `phone`, `company_name`. Goes to the new contact; one that is there already is
// named.
http::Answer AddLead(const PageRequest& request, const PageParts& parts);
// `lead`, `action`: `update` (lead_edit.h), `erase`, or the end of a route `/contacts/{id}/…` with its members as
// fields; `version`: that of the page, where it matters.
//
// Of two people who change the same attribute, the second one is shown both values. Anything else that happened to the
// contact meanwhile does not disturb.
http::Answer EditLead(const PageRequest& request, const PageParts& parts);
// `what` (the end of a route) with its members, for the chosen `lead`s or, with `scope=all`, for all of the search.
// Asks once with the number of contacts (`confirmed`), then starts a job.
http::Answer ChangeMany(const PageRequest& request, const PageParts& parts);
// `columns` and `format`, of all contacts of the search. Starts a job.
http::Answer ExportLeads(const PageRequest& request, const PageParts& parts);
// All that is stored of `lead`, for the person.
http::Answer DownloadLead(const PageRequest& request, const PageParts& parts);
// Saves the search under `title`.
http::Answer SaveView(const PageRequest& request, const PageParts& parts);
http::Answer RemoveView(const PageRequest& request, const PageParts& parts);

}  // namespace leadpulse::serve
