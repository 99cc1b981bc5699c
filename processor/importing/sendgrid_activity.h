// SendGrid's Email Activity as it is downloaded: what its columns are, and how it says what its webhook says, too.
// Thread-safe.
// https://www.twilio.com/docs/sendgrid/ui/analytics-and-reporting/email-activity-feed says what it is and not its
// columns; these are those of real files. Times are UTC and say so nowhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/engagement.h"
#include "processor/importing/columns.h"

namespace leadpulse::importing {

// Whether all four columns are there that no other service has together.
bool IsSendGridActivity(const std::vector<Column>& columns);

// What a column of that (simplified) name is; what is none of SendGrid's is nothing.
std::optional<Known> SendGridColumn(std::string_view simplified);

// `blocked` and `expired` pass; without a type the reply of the receiving server says it.
BounceKind SendGridBounce(std::string_view type, std::string_view reason);

// The id given at sending, without what SendGrid adds for its own use.
std::string_view SendGridMessage(std::string_view message_id);

// The first of `["spring","shop"]`, and of `spring, shop`.
std::string FirstCategory(std::string_view cell);

}  // namespace leadpulse::importing
