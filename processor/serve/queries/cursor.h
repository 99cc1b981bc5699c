// Cursors: the end of a page, as text. The request for the next page sends it back.
//
// A cursor holds a fingerprint of its query (its kind, caller, rule or search, order), so that a cursor of another
// query is rejected instead of starting at a wrong place. It grants nothing: each page checks what the caller may see.
// The front seals it for its clients (api/request/continuations.h).
//
// A cursor is too old if its format is that of another version of this program, or if the definitions have changed how
// the columns of its order compare: its place would be a wrong one.
#pragma once

#include <optional>
#include <string>

#include "config/definitions.h"
#include "leadpulse/v1/query.pb.h"
#include "processor/base/status.h"
#include "processor/query/leads/leads_query.h"

namespace leadpulse::serve {

// Identifies a query: everything except for the requested page.
template <typename Request>
std::string QueryWithoutPage(Request request) {
  request.clear_limit();
  request.clear_cursor();
  if constexpr (requires { request.clear_caller(); }) request.mutable_caller()->clear_who();
  if constexpr (requires { request.clear_places(); }) request.clear_places();  // only a front of several runs sets it
  return request.GetTypeName() + '\0' + request.SerializeAsString();
}

// Returns a version, `-` and lower-case hexadecimal digits. `query` is from QueryWithoutPage.
std::string WriteCursor(const v1::CursorPlace& place, const std::string& query);
// Reads a cursor. Rejected if the text is no cursor, belongs to another query, or is too old.
Result<v1::CursorPlace> ReadCursor(const std::string& cursor, const std::string& query);
Status NoCursor();
Status CursorTooOld();
// Whether the status is CursorTooOld.
bool IsTooOld(const Status& status);
// Returns the answer to a query with a wrong cursor; nullopt if the status is about something else.
std::optional<v1::QueryError> CursorError(const Status& status);

// The directions of the orders behind the first one.
using FurtherOrders = google::protobuf::RepeatedPtrField<v1::SortColumn>;
// Returns a lead's place for a cursor. `query` is the meaning of a request; `definitions` are those of the caller's
// tenant.
v1::CursorPlace CursorPlaceOf(const query::LeadPlace& place, const query::LeadsQuery& query,
                              const config::TenantDefinitions& definitions);
// Returns the place in a cursor; nullopt if it is that of no lead in such an order.
std::optional<query::LeadPlace> LeadPlaceOf(const v1::CursorPlace& place, const FurtherOrders& further);

std::string WriteCursor(const v1::CursorPlace& place, const v1::FindLeads& request);
// Reads a request's cursor. Rejected as above.
Result<v1::CursorPlace> ReadCursor(const v1::FindLeads& request);
// Reads a request's cursor as a lead's place. Rejected as above, also if the definitions have changed the order of
// leads since.
Result<query::LeadPlace> ReadCursor(const v1::FindLeads& request, const query::LeadsQuery& query,
                                    const config::TenantDefinitions& definitions);

}  // namespace leadpulse::serve
