// Addresses that several leads share, whichever runs have the leads.
#pragma once

#include <functional>
#include <string>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/status.h"

namespace leadpulse::serve {

// What the runs answer to a query, merged.
using AskSendable = std::function<Result<v1::SendableLeads>(const v1::FindSendable& request)>;

// Adds the absent leads of a merged page to its numbers, in queries about 1,000 leads each. A partition that no run
// answers for is missing of the page, too. Errors are those of `ask`.
Status AddAbsentLeads(const v1::Caller& caller, const AskSendable& ask, v1::Duplicates* page);

// As query::AppendSharedAddress prints it.
void AppendSharedAddress(const std::string& tenant, const v1::SharedAddress& shared, std::string* out);

}  // namespace leadpulse::serve
