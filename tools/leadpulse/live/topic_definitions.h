// The definitions that were published last to the compacted topic, while a live run goes on.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "config/settings.h"
#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/kafka/definitions_topic.h"
#include "tools/leadpulse/live/live_definitions.h"

namespace leadpulse::tools {

class TopicDefinitions : public LiveDefinitions {
 public:
  // Reads the topic to its end, within a bound. Rejected where it holds no definitions that can be used; else what the
  // topic's reader says. `clock` outlives what is returned.
  static Result<std::unique_ptr<TopicDefinitions>> Read(const config::Settings& settings, const Clock* clock,
                                                        const std::atomic<bool>& stop);

  // Takes what was published since. One that cannot be used is ignored, and so is a tombstone.
  void LookAgain() override;

 private:
  explicit TopicDefinitions(std::unique_ptr<kafka::DefinitionsTopic> topic) : newest_(std::move(topic), &Load) {}
  void WantNewest(kafka::WantedDefinitions newest);

  kafka::NewestDefinitions newest_;
  std::string last_problem_;  // of reading, so that a lasting one is reported once
};

// How long reading the topic to its end may take.
inline constexpr std::chrono::seconds kTopicPatience{30};

}  // namespace leadpulse::tools
