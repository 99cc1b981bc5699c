// A form as JSON, so that one mapping reads both. Every value is a string.
//
//   a=1                       {"a":"1"}
//   a=1&a=2, a[]=1&a[]=2      {"a":["1","2"]}
//   a[b]=1&a[c][d]=2          {"a":{"b":"1","c":{"d":"2"}}}
//   a[0][b]=1&a[1][b]=2       {"a":[{"b":"1"},{"b":"2"}]}
//   a[][b]=1&a[][b]=2         the same: a member that the last element has begins the next one
//
// A group whose names are the numbers from 0 on is a list. If a name has a value and a group, the last one counts. A
// name whose brackets do not match is taken as it is.
#pragma once

#include <vector>

#include "processor/base/json.h"
#include "processor/base/status.h"
#include "processor/http/form.h"
#include "processor/webhooks/provider.h"

namespace leadpulse::webhooks {

// Whether the body is a form and not JSON. What begins as a list or an object in JSON is JSON: programs that post it
// often leave the content type of a form. If the content type is not known, because it is not signed, the body alone
// decides.
bool IsForm(const Payload& payload);

// Returns an object with the form's fields, and subtracts its number of values from `values_left`. Rejected: it has
// more, or is nested deeper than kMaxJsonDepth.
Result<Json> JsonOfForm(const std::vector<http::FormField>& fields, size_t* values_left);

// Parses a body that is JSON or a form, and subtracts likewise. Rejected: it is neither.
Result<Json> ParseBodyOrForm(const Payload& payload, size_t* values_left);

}  // namespace leadpulse::webhooks
