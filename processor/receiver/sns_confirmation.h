// Amazon SNS asks each new receiver of a topic's messages to open a link first. This program does not open it: an
// operator does, who knows whether the topic is theirs.
// https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html
#pragma once

#include <optional>
#include <string>

#include "processor/webhooks/provider.h"

namespace leadpulse::receiver {

// nullopt if the post does not ask for that, or the link does not lead to SNS.
std::optional<std::string> ConfirmationLinkOf(const webhooks::Payload& payload);

}  // namespace leadpulse::receiver
