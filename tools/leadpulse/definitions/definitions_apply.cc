#include "tools/leadpulse/definitions/definitions_apply.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "processor/base/clock.h"
#include "processor/kafka/rdkafka_definitions_topic.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/confirmation.h"
#include "tools/leadpulse/live/live_definitions.h"
#include "tools/leadpulse/live/live_options.h"
#include "tools/leadpulse/live/topic_definitions.h"
#include "tools/leadpulse/preview/preview.h"
#include "tools/leadpulse/preview/preview_output.h"
#include "tools/leadpulse/settings_file.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

using DefinitionsPointer = std::shared_ptr<const config::Definitions>;

// Nothing: nothing was published.
Result<std::optional<kafka::PublishedDefinitions>> LastPublished(const kafka::ConnectionOptions& options,
                                                                 const std::string& name, const Clock& clock) {
  const auto topic = kafka::OpenDefinitionsTopic(options, name, &clock);
  if (!topic.ok()) return topic.status();
  const std::atomic<bool> stop{false};
  std::optional<kafka::PublishedDefinitions> last;
  LP_RETURN_IF_ERROR((*topic)->ReadToEnd(kTopicPatience, stop,
                                         [&](kafka::PublishedDefinitions published) { last = std::move(published); }));
  return last;
}

Result<std::string> PreviewOn(const std::string& state_directory, DefinitionsPointer definitions) {
  std::error_code error;
  if (!std::filesystem::exists(state_directory, error)) {
    return Status::Rejected("there is no state at " + state_directory + " on this machine");
  }
  Result<std::unique_ptr<state::LeadStore>> store = OpenStateToRead(state_directory);
  if (!store.ok()) return store.status();
  const Result<Preview> preview = PreviewState(**store, std::move(definitions), std::nullopt);
  if (!preview.ok()) return preview.status();
  return PreviewText(*preview);
}

// Also what a preview says is a result. kDone: go on.
ExitCode ShowPreview(const config::Settings& settings, const DefinitionsPointer& definitions) {
  const Result<std::string> preview = PreviewOn(settings.state.directory, definitions);
  if (preview.ok()) return PrintResult(*preview + "\n");
  PrintError("no preview: " + preview.status().message());
  return kDone;
}

int Publish(const kafka::ConnectionOptions& connection, const std::string& topic,
            const config::Definitions& definitions, Instant time) {
  const Result<int64_t> offset = kafka::PublishDefinitions(connection, topic, definitions.text, time);
  if (!offset.ok()) return Fail(offset.status());
  return PrintResult("Published: definitions " + definitions.version + ", " + topic + " offset " +
                     std::to_string(*offset) + ". Running processes adopt them now.\n");
}

}  // namespace

int ApplyDefinitions(const ApplyOptions& options) {
  if (Status status = telemetry::SetUpLogging({.level = "warning"}); !status.ok()) return Fail(status);
  const std::optional<config::Settings> settings = LoadSettingsFile(options.config);
  if (!settings) return kUsage;
  if (!settings->definitions.topic) {
    return FailUsage(
        Status::Rejected("this deployment watches a file, " + settings->definitions.file +
                         ": change that on every machine, or write `definitions: {topic: true}` into the settings"));
  }
  const DefinitionsPointer definitions = LoadDefinitionsFile(options.file, /*print_warnings=*/true);
  if (definitions == nullptr) return kUsage;
  if (Status status = CheckLiveDefinitions(*definitions); !status.ok()) return FailUsage(status);
  if (Status status = CheckCanAsk(options.yes, "publish"); !status.ok()) return FailUsage(status);
  const std::string& topic = settings->kafka.topics.definitions;
  const kafka::ConnectionOptions connection = MakeConnectionOptions(*settings, 0);
  const SystemClock clock;
  const Result<std::optional<kafka::PublishedDefinitions>> last = LastPublished(connection, topic, clock);
  if (!last.ok()) return Fail(last.status());
  if (last->has_value() && (*last)->text == definitions->text) {
    return PrintResult("Nothing to do: definitions " + definitions->version + " are those published last.\n");
  }
  if (const ExitCode shown = ShowPreview(*settings, definitions); shown != kDone) return shown;
  if (!options.yes && !SaysYes("Publish these definitions?")) {
    PrintError("nothing was published");
    return kFailed;
  }
  const Instant last_time = last->has_value() ? (*last)->origin.published_at : Instant{};
  return Publish(connection, topic, *definitions, std::max(clock.Now(), last_time));
}

}  // namespace leadpulse::tools
