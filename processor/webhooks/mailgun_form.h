// Mailgun's older webhooks: one event as a form, its fields and the sender's own variables side by side. Withdrawn in
// 2023; kept by those who pass them on or have them stored.
#pragma once

#include <string_view>

#include "processor/webhooks/provider.h"

namespace leadpulse::webhooks {

// Whether the body is a form and no JSON. The content type alone does not say so: tools that send JSON often leave the
// one they begin with.
bool IsMailgunForm(const Payload& payload);

// `provider` is Mailgun's name. Rejected: the form cannot be read, or tells no event.
Result<Conversion> ConvertMailgunForm(std::string_view provider, const Payload& payload,
                                      const ConversionOptions& options);

// Whether the code is one of those by which Mailgun says that it did not try: bounced, unsubscribed or complained
// before, or a list of poor quality.
bool IsMailgunWithheld(std::string_view code);

}  // namespace leadpulse::webhooks
