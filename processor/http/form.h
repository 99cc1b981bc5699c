// A form body as browsers send it, which some providers use: `application/x-www-form-urlencoded` or
// `multipart/form-data`.
// https://url.spec.whatwg.org/#urlencoded-parsing, RFC 7578
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "processor/base/status.h"

namespace leadpulse::http {

// A form with more fields is rejected. No provider sends a hundred.
inline constexpr size_t kMaxFormFields = 4096;

struct FormField {
  std::string name, value;
};

// Returns the fields in the order of the body; a name can occur more than once. Bytes that are not UTF-8 stay
// unchanged. Files in a multipart body are left out. The content type says whether a body is multipart; if it is empty,
// a body that begins with `--` is.
// Rejected: the body is empty or has too many fields, or a multipart body does not begin with its boundary or is cut
// off.
Result<std::vector<FormField>> ParseForm(std::string_view body, std::string_view content_type);

// Returns the value of the first field with that name; empty if none.
std::string_view FirstOf(const std::vector<FormField>& form, std::string_view name);
// Returns the value of the last field with that name; empty if none.
std::string_view LastOf(const std::vector<FormField>& form, std::string_view name);

}  // namespace leadpulse::http
