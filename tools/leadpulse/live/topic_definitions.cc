#include "tools/leadpulse/live/topic_definitions.h"

#include <utility>

#include "processor/telemetry/logging.h"
#include "tools/leadpulse/live/live_options.h"

namespace leadpulse::tools {

Result<std::unique_ptr<TopicDefinitions>> TopicDefinitions::Read(const config::Settings& settings,
                                                                 const std::atomic<bool>& stop) {
  Result<std::unique_ptr<kafka::DefinitionsTopic>> topic =
      kafka::DefinitionsTopic::Open(MakeConnectionOptions(settings, 0), settings.kafka.topics.definitions);
  if (!topic.ok()) return topic.status();
  std::unique_ptr<TopicDefinitions> definitions(new TopicDefinitions(std::move(*topic)));
  bool is_empty = true;
  LP_RETURN_IF_ERROR(
      definitions->topic_->ReadToEnd(kTopicPatience, stop, [&](const kafka::PublishedDefinitions& published) {
        is_empty = false;
        definitions->Take(published);
      }));
  if (definitions->Wanted() != nullptr) return definitions;
  return Status::Rejected("the topic " + settings.kafka.topics.definitions +
                          (is_empty ? " is empty" : " holds no definitions that can be used") +
                          "; publish definitions first: leadpulse definitions apply FILE --config SETTINGS");
}

void TopicDefinitions::Take(const kafka::PublishedDefinitions& published) {
  last_problem_.clear();
  const std::string name = topic_->name() + " at offset " + std::to_string(published.offset);
  if (!published.text.has_value()) {
    telemetry::LogWarning(name + " is a tombstone and is ignored: a run cannot do without definitions");
    return;
  }
  const std::shared_ptr<const config::Definitions> wanted = Wanted();
  if (wanted == nullptr || wanted->text != *published.text) Consider(name, *published.text);
}

void TopicDefinitions::LookAgain() {
  const Status status = topic_->ReadMore([this](const kafka::PublishedDefinitions& published) { Take(published); });
  if (status.ok() || status.message() == last_problem_) return;
  last_problem_ = status.message();
  telemetry::LogWarning("definitions: " + last_problem_ + "; those in force stay meanwhile");
}

}  // namespace leadpulse::tools
