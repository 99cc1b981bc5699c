// Amazon SNS asks whoever is to get a topic's messages to open a link first. Nothing is opened here: an operator does
// that, who knows whether the topic is theirs.
// https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html
#pragma once

#include <optional>
#include <string>

#include "processor/webhooks/provider.h"

namespace leadpulse::receiver {

// Nothing: the post does not ask for that, or the link does not lead to SNS.
std::optional<std::string> ConfirmationLinkOf(const webhooks::Payload& payload);

}  // namespace leadpulse::receiver
