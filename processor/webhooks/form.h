// A body as a browser's form sends it, which some providers do: `application/x-www-form-urlencoded` or
// `multipart/form-data`.
// https://url.spec.whatwg.org/#urlencoded-parsing, RFC 7578
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "processor/base/status.h"

namespace leadpulse::webhooks {

// No provider sends a hundred; a form of more is refused.
inline constexpr size_t kMaxFormFields = 4096;

// The one field of Mandrill's form.
inline constexpr std::string_view kMandrillEvents = "mandrill_events";

struct FormField {
  std::string name, value;
};

// The fields as they stand in the body; a name may come more than once. Bytes that are no UTF-8 stay what they are. Of
// a multipart body the files are left out. Multipart is what the content type says is so, and, where it says nothing at
// all, a body that begins with `--`.
// Rejected: the body is empty, has too many fields, or is a multipart body that does not begin with its boundary or is
// cut off.
Result<std::vector<FormField>> ParseForm(std::string_view body, std::string_view content_type);

// The first field of that name; empty where there is none.
std::string_view FirstOf(const std::vector<FormField>& form, std::string_view name);
// The last one.
std::string_view LastOf(const std::vector<FormField>& form, std::string_view name);

}  // namespace leadpulse::webhooks
