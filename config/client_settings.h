// librdkafka's own settings, which `kafka: {client, consumer, producer}` pass on, except those that Leadpulse must set
// itself to keep its guarantees.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace leadpulse::config {

// Why a setting of librdkafka is refused, with what to do instead; nullopt if it is passed on.
std::optional<std::string> WhyClientSettingIsRefused(std::string_view name);

}  // namespace leadpulse::config
