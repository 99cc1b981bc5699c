// Cursors: where a page ended, as a text for who asks for the next.
//
// A cursor belongs to one question: tenant, asker, rule and order. It holds a fingerprint of them, so that a cursor of
// another question is refused instead of giving an odd page. It is no secret and gives no right: the asker's right is a
// condition of each page.
#pragma once

#include <string>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/status.h"
#include "processor/query/leads/leads_query.h"

namespace leadpulse::serve {

// In lower-case hexadecimal digits.
std::string WriteCursor(const query::LeadPlace& place, const v1::FindLeads& question);

// Rejected: the text is no cursor, or one of another question.
Result<query::LeadPlace> ReadCursor(const std::string& cursor, const v1::FindLeads& question);

}  // namespace leadpulse::serve
