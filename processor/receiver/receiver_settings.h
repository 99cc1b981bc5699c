// The settings of `leadpulse receive --config FILE`. config/examples/receive.yaml is an example, README.md has the
// list.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions_loader.h"
#include "config/settings.h"
#include "config/settings_reader.h"
#include "processor/http/server.h"
#include "processor/receiver/file_inbox.h"
#include "processor/receiver/source.h"

namespace leadpulse::receiver {

inline constexpr uint16_t kDefaultPort = 8080;
inline constexpr uint16_t kDefaultOperatorsPort = 9465;  // beside that of a run on Kafka

// The topics that replace files.
struct TopicSettings {
  config::KafkaSettings kafka;
  config::FormatSettings formats;
  Millis timeout{10'000};  // a post whose records are not acknowledged by then is answered 503
};

struct ReceiverSettings {
  http::ServerOptions server;
  InboxOptions inbox;  // with topics: only for the quarantine file
  std::optional<TopicSettings> topics;
  std::vector<Source> sources;  // at least one
  config::HttpSettings http;
  config::LogSettings log;
};

struct LoadedReceiverSettings {
  std::optional<ReceiverSettings> settings;  // nullopt if there are errors
  std::vector<config::DefinitionsProblem> errors;
  std::vector<config::DefinitionsProblem> warnings;
};

// The whole content of a file that the settings name: a certificate, a key, a mapping.
using FileReader = std::function<Result<std::string>(const std::string& path)>;

struct SettingsFiles {
  FileReader read;
  // Whether users other than its owner may read a file. The empty path means the settings file itself.
  std::function<bool(const std::string& path)> others_can_read = [](const std::string&) { return false; };
};

// Returns the whole file at `path`, which is the value of the setting `name`; nullopt if the value is missing or wrong,
// or after it reported why the file cannot be read.
std::optional<std::string> ReadFileOf(const config::SettingsReader& reader, std::string_view name,
                                      const std::string& path, const SettingsFiles& files);

// Accepts any bytes and never throws. As with LoadSettings, problems do not quote secrets or values from `environment`.
LoadedReceiverSettings LoadReceiverSettings(std::string_view yaml, const config::Environment& environment,
                                            const SettingsFiles& files);

// Returns the help text, at most 100 columns wide.
std::string ReceiverSettingsHelp();

}  // namespace leadpulse::receiver
