// Follows the definitions in the compacted topic during a live run.
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
  // Reads the topic to its end, within kTopicTimeout. Rejected: it has no usable definitions. Other errors are those
  // of the topic's reader. `clock` outlives the result.
  static Result<std::unique_ptr<TopicDefinitions>> Read(const config::Settings& settings, const Clock* clock,
                                                        const std::atomic<bool>& stop);

  // Takes definitions that were published since the last call. Ignores unusable ones and tombstones.
  void LookAgain() override;

 private:
  TopicDefinitions(std::unique_ptr<kafka::DefinitionsTopic> topic, config::InputPartitioning partitioning)
      : LiveDefinitions(partitioning),
        newest_(std::move(topic),
                [this](const std::string& name, const std::string& text) { return Load(name, text); }) {}
  void WantNewest(kafka::WantedDefinitions newest);

  kafka::NewestDefinitions newest_;
  std::string last_problem_;  // last read error, to report a lasting problem once
};

// Timeout for reading the topic to its end.
inline constexpr std::chrono::seconds kTopicTimeout{30};

}  // namespace leadpulse::tools
