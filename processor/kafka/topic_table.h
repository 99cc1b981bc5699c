// The topics of a deployment: how each is created, and who needs which right to it. topic_check.h says what is wrong
// with one that is there.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/settings.h"
#include "processor/base/instant.h"

namespace leadpulse::kafka {

enum class TopicRole : uint8_t {
  kInput,
  kExchange,
  kChangelog,
  kDefinitions,
  kOutput,
  kDeadLetters,
  kDeltas,
  kProfiles
};

struct NamedTopic {
  std::string name;
  TopicRole role = TopicRole::kInput;
};

// Returns the topics that a run needs, without that of definitions, and without one whose name is empty. The first is
// the topic of events.
std::vector<NamedTopic> TopicsOfRun(const config::TopicNames& names);
// Returns all topics of a deployment with these settings; that of definitions, if it has one, is the last.
std::vector<NamedTopic> TopicsOf(const config::Settings& settings);

// Whether all topics with this role have one number of partitions, because a lead has one partition number in them.
bool HasLeads(TopicRole role);

// The largest records by role, in bytes. A lead with a full journal and many properties may take megabytes.
inline constexpr int64_t kLargestLead = 8 << 20;
// A record of 1 MiB in base64 within its JSON.
inline constexpr int64_t kLargestDeadLetter = 2 << 20;
// The most definitions that a live run takes, 3 MiB, and the rest of their record.
inline constexpr int64_t kLargestDefinitions = (3 << 20) + (64 << 10);

// How long lead.state keeps the tombstones of leads: a state that was not written for half of this is restored from the
// beginning.
inline constexpr Millis kTombstonesKept = std::chrono::hours(7 * 24);

// Returns the settings with which to create a topic, where they differ from a broker's defaults.
std::vector<std::pair<std::string, std::string>> CreationSettings(TopicRole role);

// A topic that is there.
struct TopicShape {
  uint32_t partitions = 0;
  uint32_t replicas = 0;  // the partition with the fewest has this many
};
// Settings by Kafka's names, without secrets.
using KafkaSettings = std::map<std::string, std::string, std::less<>>;
// Parses a setting; nullopt if it is missing or not a number.
std::optional<int64_t> NumberOf(const KafkaSettings& settings, std::string_view name);
// Parses a setting in milliseconds. Unlimited, or more than 36,500 days, gives 36,500 days.
std::optional<Millis> MillisOf(const KafkaSettings& settings, std::string_view name);

// What the users of a deployment do with a topic.
enum class TopicRight : uint8_t { kRead, kWrite, kDelete };
// Returns the rights that the Kafka user of a run needs on a topic, beside the right to describe it and its settings.
std::vector<TopicRight> RightsOfRun(TopicRole role);

}  // namespace leadpulse::kafka
