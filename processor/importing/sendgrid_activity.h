// SendGrid's downloaded Email Activity: its columns, and how they map to the fields of its webhook. Thread-safe.
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

// The meaning of a column with that (simplified) name; nullopt if it is not one of SendGrid's.
std::optional<Known> SendGridColumn(std::string_view simplified);

// `blocked` and `expired` are soft. Without a type, the reply of the receiving server decides.
BounceKind SendGridBounce(std::string_view type, std::string_view reason);

// The id given at sending, without SendGrid's own suffix.
std::string_view SendGridMessage(std::string_view message_id);

// The first category of `["spring","shop"]` or of `spring, shop`.
std::string FirstCategory(std::string_view cell);

}  // namespace leadpulse::importing
