// leadpulse definitions check|show|init|apply: checks a definitions file before it is used, and publishes it to Kafka.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "absl/strings/str_join.h"
#include "config/definitions_loader.h"
#include "config/rule_cost.h"
#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/kafka/client/rdkafka_definitions_topic.h"
#include "processor/query/preview/preview.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/live/live_definitions.h"
#include "tools/leadpulse/live/live_options.h"
#include "tools/leadpulse/live/topic_definitions.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/preview/preview_output.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal.h"

namespace leadpulse::tools {
namespace {

struct ApplyOptions {
  std::string file;
  std::string config;
  bool yes = false;  // does not ask
};

using DefinitionsPointer = std::shared_ptr<const config::Definitions>;

// Returns the definitions published last; nullopt if there are none.
Result<std::optional<kafka::PublishedDefinitions>> LastPublished(const kafka::ConnectionOptions& options,
                                                                 const std::string& name, const Clock& clock) {
  LP_ASSIGN_OR_RETURN(const auto topic, kafka::OpenDefinitionsTopic(options, name, &clock));
  const std::atomic<bool> stop{false};
  std::optional<kafka::PublishedDefinitions> last;
  LP_RETURN_IF_ERROR(topic->ReadToEnd(kTopicTimeout, stop,
                                      [&](kafka::PublishedDefinitions published) { last = std::move(published); }));
  return last;
}

// Returns what was published last; null if that is nothing, or unknown: the caller reports it when it asks again.
DefinitionsPointer DefinitionsOf(const Result<std::optional<kafka::PublishedDefinitions>>& last) {
  if (!last.ok() || !last->has_value() || !(*last)->text) return nullptr;
  return config::LoadDefinitions(*(*last)->text).definitions;
}

// Previews the definitions on a state; nullopt if a signal stopped it.
Result<std::optional<query::Preview>> PreviewOn(const std::string& state_directory,
                                                const DefinitionsPointer& definitions) {
  std::error_code error;
  if (!std::filesystem::exists(state_directory, error)) {
    return Status::Rejected("there is no state at " + state_directory + " on this machine");
  }
  return PreviewDefinitions(state_directory, definitions, std::nullopt);
}

// Prints the preview as a result. kDone: continue.
ExitCode ShowPreview(const config::Settings& settings, const DefinitionsPointer& definitions) {
  const auto preview = PreviewOn(settings.state.directory, definitions);
  if (!preview.ok()) {
    PrintError("no preview: " + preview.status().message());
    return kDone;
  }
  if (preview->has_value()) return PrintResult(PreviewText(**preview) + "\n");
  PrintError("stopped; nothing was published");
  return kStopped;
}

Result<int> Publish(const kafka::ConnectionOptions& connection, const std::string& topic,
                    const config::Definitions& definitions, Instant time) {
  LP_ASSIGN_OR_RETURN(const int64_t offset, kafka::PublishDefinitions(connection, topic, definitions.text, time));
  return PrintResult("Published: definitions " + definitions.version + ", " + topic + " offset " +
                     std::to_string(offset) + ". Running processes adopt them now.\n");
}

Result<int> ApplyDefinitions(const ApplyOptions& options) {
  LP_RETURN_IF_ERROR(telemetry::SetUpLogging("warning"));
  const std::optional<config::Settings> settings = LoadSettingsFile(options.config);
  if (!settings) return kUsage;
  if (!settings->definitions.topic) {
    return FailUsage("this deployment watches a file, " + settings->definitions.file +
                     ": change that on every machine, or write `definitions: {topic: true}` into the settings");
  }
  const std::string& topic = settings->kafka.topics.definitions;
  const kafka::ConnectionOptions connection = MakeConnectionOptions(*settings, 0);
  const SystemClock clock;
  const DefinitionsPointer definitions = LoadDefinitionsFile(
      options.file, /*print_warnings=*/true, [&] { return DefinitionsOf(LastPublished(connection, topic, clock)); });
  if (definitions == nullptr) return kUsage;
  const Status fits = CheckLiveDefinitions(*definitions, settings->input_partitioning);
  if (!fits.ok()) return FailUsage(fits);
  if (Status status = CheckCanAsk(options.yes, "publish"); !status.ok()) return FailUsage(status);
  LP_ASSIGN_OR_RETURN(const std::optional<kafka::PublishedDefinitions> last, LastPublished(connection, topic, clock));
  if (last.has_value() && last->text == definitions->text) {
    return PrintResult("Nothing to do: definitions " + definitions->version + " are those published last.\n");
  }
  if (const ExitCode shown = ShowPreview(*settings, definitions); shown != kDone) return shown;
  if (!options.yes && !SaysYes("Publish these definitions?")) return Fail("nothing was published");
  const Instant last_time = last.has_value() ? last->origin.published_at : Instant{};
  return Publish(connection, topic, *definitions, std::max(clock.Now(), last_time));
}

// Of the time that rules take for an event.
constexpr int64_t kMillisWorthALine = 10;

struct InitOptions {
  std::string name = "seed";
  std::string file;
};

// Returns a line on how long the rules of a tenant may take, if that is worth one.
std::string DescribeRuleTime(std::chrono::nanoseconds time) {
  const int64_t millis = std::chrono::ceil<std::chrono::milliseconds>(time).count();
  if (millis < kMillisWorthALine) return "";
  return "Its dearest tenant's rules may take " + std::to_string(millis) +
         " ms for an event of a lead with a full journal, by estimate (at most " +
         std::to_string(config::kMostRuleTime.count()) + " ms are allowed)\n";
}

Result<int> CheckFile(const std::string& file) {
  std::shared_ptr<const config::Definitions> definitions =
      LoadDefinitionsFile(file, /*print_warnings=*/true, [] { return nullptr; });
  if (definitions == nullptr) return kUsage;
  size_t segments = 0;
  std::chrono::nanoseconds rule_time{0};
  for (const auto& [name, tenant] : definitions->tenants) {
    segments += tenant->segments.size();
    rule_time = std::max(rule_time, tenant->rule_time);
  }
  return PrintResult(file + ": good. Tenants: " + std::to_string(definitions->tenants.size()) +
                     ", segments: " + std::to_string(segments) + ", version: " + definitions->version + "\n" +
                     DescribeRuleTime(rule_time));
}

Result<int> Show(const std::string& file) {
  std::shared_ptr<const config::Definitions> definitions = LoadDefinitionsFile(file, /*print_warnings=*/false);
  if (definitions == nullptr) return kUsage;
  return PrintData(config::ShowDefinitions(*definitions));
}

Result<int> WriteTemplate(const InitOptions& options) {
  std::optional<std::string_view> text = config::TemplateText(options.name);
  if (!text.has_value()) {
    return FailUsage("there is no template " + options.name + "; choose one of " +
                     absl::StrJoin(config::TemplateNames(), ", "));
  }
  if (options.file.empty() || options.file == "-") return PrintData(*text);
  // `x`: an existing file stays, because it may contain work.
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(options.file.c_str(), "wbx"), &std::fclose);
  if (file == nullptr && errno == EEXIST) {
    return FailUsage(options.file + " exists and stays as it is; give another name");
  }
  bool written = file != nullptr && std::fwrite(text->data(), 1, text->size(), file.get()) == text->size() &&
                 std::fflush(file.get()) == 0;
  if (!written) return Fail(options.file + " cannot be written: " + strerror(errno));
  return PrintResult("Wrote " + options.file + ". Change it, then: leadpulse definitions check " + options.file + "\n");
}

}  // namespace

void AddDefinitionsCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  CLI::App* definitions = program->add_subcommand("definitions", "Check, show, start or publish a definitions file");
  definitions->require_subcommand(1);
  definitions->footer(
      "Examples:\n"
      "  leadpulse definitions init my.yaml      a commented file to start from\n"
      "  leadpulse definitions check my.yaml     every mistake at once, with line and column\n"
      "  leadpulse definitions apply my.yaml --config live.yaml");

  auto [check, checked] =
      AddSubcommand(definitions, "check", "Find every mistake in a definitions file", CheckFile, subcommands);
  check->add_option("FILE", *checked, "The definitions file (YAML)")->required();

  auto [show, shown] = AddSubcommand(definitions, "show", "Print a file as it is understood, every default written out",
                                     Show, subcommands);
  show->add_option("FILE", *shown, "The definitions file (YAML)")->required();

  auto [start, init] = AddSubcommand(definitions, "init", "Write a commented definitions file to start from",
                                     WriteTemplate, subcommands);
  Add(start, "--template", &init->name, "NAME", "Which one: " + absl::StrJoin(config::TemplateNames(), ", "))
      ->capture_default_str();
  start->add_option("FILE", init->file, "Where to; an existing file stays. Without it: to standard output");

  auto [apply, applied] =
      AddSubcommand(definitions, "apply",
                    "Publish a definitions file to the topic that a deployment on Kafka takes its definitions from",
                    ApplyDefinitions, subcommands);
  apply->add_option("FILE", applied->file, "The definitions file (YAML)")->required();
  Add(apply, "--config", &applied->config, "FILE", "The settings of the deployment")->required();
  apply->add_flag("--yes", applied->yes, "Do not ask");
}

}  // namespace leadpulse::tools
