#include "tools/leadpulse/live/topic_definitions.h"

#include <optional>
#include <utility>

#include "processor/kafka/client/rdkafka_definitions_topic.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/live/live_options.h"

namespace leadpulse::tools {

Result<std::unique_ptr<TopicDefinitions>> TopicDefinitions::Read(const config::Settings& settings, const Clock* clock,
                                                                 const std::atomic<bool>& stop) {
  const std::string& name = settings.kafka.topics.definitions;
  LP_ASSIGN_OR_RETURN(auto topic, kafka::OpenDefinitionsTopic(MakeConnectionOptions(settings, 0), name, clock));
  std::unique_ptr<TopicDefinitions> definitions(new TopicDefinitions(std::move(topic), settings.input_partitioning));
  kafka::NewestDefinitions& newest = definitions->newest_;
  LP_ASSIGN_OR_RETURN(std::optional<kafka::WantedDefinitions> found, newest.ReadToEnd(kTopicTimeout, stop));
  if (!found.has_value()) {
    return Status::Rejected("the topic " + name +
                            (newest.holds_records() ? " holds no definitions that can be used" : " is empty") +
                            "; publish definitions first: leadpulse definitions apply FILE --config SETTINGS");
  }
  definitions->WantNewest(std::move(*found));
  return definitions;
}

void TopicDefinitions::WantNewest(kafka::WantedDefinitions newest) {
  const bool same = Wanted().definitions == newest.definitions;  // published again
  if (!same) {
    telemetry::LogInfo(newest.origin->topic + " at offset " + std::to_string(newest.origin->offset) + ": definitions " +
                           newest.definitions->version + " are wanted",
                       {telemetry::TopicField(newest.origin->topic), telemetry::OffsetField(newest.origin->offset)});
  }
  Want(std::move(newest));
}

void TopicDefinitions::LookAgain() {
  Result<std::optional<kafka::WantedDefinitions>> newest = newest_.Look();
  if (newest.ok() && newest->has_value()) {
    last_problem_.clear();
    return WantNewest(std::move(**newest));
  }
  if (newest.ok() || newest.status().message() == last_problem_) return;
  last_problem_ = newest.status().message();
  telemetry::LogWarning("definitions: " + last_problem_ + "; those in force stay meanwhile",
                        {telemetry::ErrorField(last_problem_)});
}

}  // namespace leadpulse::tools
