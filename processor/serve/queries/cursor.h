// Cursors: the end of a page, as text. The request for the next page sends it back.
//
// A cursor holds a fingerprint of its query (its kind, caller, rule or search, order), so that a cursor of another
// query is rejected instead of starting at a wrong place. It is no secret and grants nothing: each page checks what the
// caller may see.
#pragma once

#include <optional>
#include <string>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/status.h"
#include "processor/query/leads/leads_query.h"

namespace leadpulse::serve {

// What tells queries apart: everything except for the page that is asked for.
template <typename Request>
std::string QueryWithoutPage(Request request) {
  request.clear_limit();
  request.clear_cursor();
  return request.GetTypeName() + '\0' + request.SerializeAsString();
}

// In lower-case hexadecimal digits. `query`: QueryWithoutPage.
std::string WriteCursor(const v1::CursorPlace& place, const std::string& query);
// Rejected: the text is no cursor, or belongs to another query.
Result<v1::CursorPlace> ReadCursor(const std::string& cursor, const std::string& query);
Status NoCursor();

v1::CursorPlace CursorPlaceOf(const query::LeadPlace& place);
// nullopt: it is the place of no lead.
std::optional<query::LeadPlace> LeadPlaceOf(const v1::CursorPlace& place);

std::string WriteCursor(const query::LeadPlace& place, const v1::FindLeads& request);
std::string WriteCursor(const v1::CursorPlace& place, const v1::FindLeads& request);

// Rejected as above.
Result<query::LeadPlace> ReadCursor(const std::string& cursor, const v1::FindLeads& request);

}  // namespace leadpulse::serve
