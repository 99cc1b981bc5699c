// SendGrid's downloaded Email Activity: its columns, and the corresponding fields of its webhook. Thread-safe.
// https://www.twilio.com/docs/sendgrid/ui/analytics-and-reporting/email-activity-feed describes it without its columns;
// these are from real files. Times are in UTC, although the file does not say so.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/engagement.h"
#include "processor/importing/columns.h"

namespace leadpulse::importing {

// Whether the file has the four columns that only SendGrid has together.
bool IsSendGridActivity(const std::vector<Column>& columns);

// Returns the meaning of a column with that (simplified) name; nullopt if it is not one of SendGrid's.
std::optional<Known> SendGridColumn(std::string_view simplified);

// Returns the kind of a bounce. `blocked` and `expired` are soft. Without a type, the receiving server's reply decides.
BounceKind SendGridBounce(std::string_view type, std::string_view reason);

// Returns the id given at sending, without SendGrid's own suffix.
std::string_view SendGridMessage(std::string_view message_id);

// Returns the first category of `["spring","shop"]` or of `spring, shop`.
std::string FirstCategory(std::string_view cell);

}  // namespace leadpulse::importing
