// Cursors: the end of a page, as text. The request for the next page sends it back.
//
// A cursor holds a fingerprint of its query (caller, rule or search, order), so that a cursor of another query is
// rejected instead of starting at a wrong place. It is no secret and grants nothing: each page checks what the caller
// may see.
#pragma once

#include <string>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/status.h"
#include "processor/query/leads/leads_query.h"

namespace leadpulse::serve {

// In lower-case hexadecimal digits.
std::string WriteCursor(const query::LeadPlace& place, const v1::FindLeads& request);

// Rejected: the text is no cursor, or belongs to another query.
Result<query::LeadPlace> ReadCursor(const std::string& cursor, const v1::FindLeads& request);

}  // namespace leadpulse::serve
