// librdkafka's own settings, which `kafka: {client, consumer, producer}` pass on: all but those that Leadpulse makes
// itself, because what it promises hangs on them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace leadpulse::config {

// Why a setting of librdkafka is not taken, as a sentence with what to do instead; nothing: it is passed on as it is.
std::optional<std::string> WhyClientSettingIsRefused(std::string_view name);

}  // namespace leadpulse::config
