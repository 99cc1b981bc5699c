// The fields of a contact in its panel: groups, controls by type, and links to what they name.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "leadpulse/v1/lead_profile.pb.h"
#include "processor/serve/api/reads/lead_reads.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

// A form of the panel that was refused, so that the panel shows it again with its input.
struct RefusedForm {
  const PageRequest* request;
  const PageNotice* notice;
};

// Returns the groups as `{group, fields}`: the usual fields of a person and of a company, and all others that are
// declared or set. A field is there whether it is set or not. `refused` may be null.
PageData FieldGroupsOf(const v1::LeadProfile& contact, std::span<const v1::DeclaredFields::Field> declared,
                       const RefusedForm* refused);

// Whether an input of the type `date` shows the text. A browser shows nothing in place of any other.
bool FitsDayControl(std::string_view text);

// Returns the number as `tel:` takes it: digits, and perhaps a `+` before them. Empty if the text is no phone number.
std::string DialledNumber(std::string_view phone);
// Returns the address as it stands behind `mailto:`; empty if it is none.
std::string MailtoOf(std::string_view address);

}  // namespace leadpulse::serve
