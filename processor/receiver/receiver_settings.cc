#include "processor/receiver/receiver_settings.h"

#include <algorithm>
#include <utility>

#include "config/setting_texts.h"
#include "config/settings_document.h"
#include "config/settings_loader.h"
#include "processor/receiver/source_settings.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::receiver {
namespace {

using config::SettingsGroup;
using config::YamlEntry;
using config::YamlValue;

constexpr uint64_t kKibibyte = 1 << 10;
constexpr uint64_t kMebibyte = 1 << 20;
constexpr const char* kAddress = "an address, such as 127.0.0.1 or ::1";

// The longest that any of the sources could accept a token for after it was signed.
Millis TokenLifetimeOf(const std::vector<Source>& sources) {
  Millis longest{0};
  for (const Source& source : sources) {
    for (const auto& check : source.signatures) longest = std::max(longest, check.token_lifetime);
  }
  return longest;
}

class Loader {
 public:
  Loader(const config::Environment& environment, const SettingsFiles& files)
      : environment_(environment), files_(files) {
    settings_.server.port = kDefaultPort;
    settings_.http.port = kDefaultOperatorsPort;
  }

  ReceiverSettings Load(const YamlValue& value) {
    const std::optional<SettingsGroup> root =
        SettingsGroup::Open(value, {"listen", "tls", "limits", "to", "sources", "http", "log"}, &environment_);
    if (!root) return std::move(settings_);
    LoadListen(*root);
    LoadTls(*root);
    LoadLimits(*root);
    LoadTo(*root);
    LoadHttp(*root);
    LoadLog(*root);
    if (const YamlEntry* sources = root->Find("sources")) {
      settings_.sources = LoadSources(sources->value, environment_, files_);
      settings_.inbox.token_lifetime = TokenLifetimeOf(settings_.sources);
    } else {
      root->ReportMissing("sources", "a list with an entry for each webhook");
    }
    return std::move(settings_);
  }

 private:
  // A group of its own, where it is given and a map.
  std::optional<SettingsGroup> GroupOf(const SettingsGroup& root, const char* key,
                                       const std::vector<std::string>& known) const {
    const YamlEntry* entry = root.Find(key);
    if (entry == nullptr) return std::nullopt;
    return SettingsGroup::Open(entry->value, known, &environment_);
  }

  static void ReadPort(const SettingsGroup& group, uint16_t* port) {
    int64_t number = *port;
    if (group.Integer("port", 0, 65535, &number)) *port = static_cast<uint16_t>(number);
  }

  void LoadListen(const SettingsGroup& root) {
    const std::optional<SettingsGroup> listen = GroupOf(root, "listen", {"address", "port"});
    if (!listen) return;
    http::ServerOptions& server = settings_.server;
    listen->Text("address", kAddress, config::IsAddress, &server.address);
    ReadPort(*listen, &server.port);
    const bool here = server.address.starts_with("127.") || server.address == "::1";
    if (!here && !root.Has("tls")) {
      listen->Find("address")->value.Warning(
          "others can reach this without tls: what providers post can be read on the way, unless a proxy in front "
          "of it has TLS");
    }
  }

  void LoadTls(const SettingsGroup& root) {
    const std::optional<SettingsGroup> tls = GroupOf(root, "tls", {"certificate_file", "key_file"});
    if (!tls) return;
    ReadPem(*tls, "certificate_file", &settings_.server.certificate);
    ReadPem(*tls, "key_file", &settings_.server.key);
  }

  void LoadLimits(const SettingsGroup& root) {
    const std::optional<SettingsGroup> limits =
        GroupOf(root, "limits", {"body", "all_bodies", "connections", "request_time", "threads"});
    if (!limits) return;
    http::ServerOptions& server = settings_.server;
    limits->Bytes("body", kKibibyte, 64 * kMebibyte, &server.bodies.one);
    limits->Bytes("all_bodies", kMebibyte, 64 * 1024 * kMebibyte, &server.bodies.all);
    int64_t number = static_cast<int64_t>(server.connections);
    if (limits->Integer("connections", 1, 100'000, &number)) server.connections = static_cast<size_t>(number);
    number = server.threads;
    if (limits->Integer("threads", 1, 64, &number)) server.threads = static_cast<unsigned int>(number);
    Millis patience = server.patience;
    if (limits->Duration("request_time", std::chrono::seconds(1), std::chrono::minutes(10), &patience)) {
      server.patience = std::chrono::ceil<std::chrono::seconds>(patience);
    }
    settings_.inbox.waiting_bytes = server.bodies.all;
    if (server.bodies.all < server.bodies.one) {
      const char* at = limits->Has("all_bodies") ? "all_bodies" : "body";
      limits->Find(at)->value.Error("all_bodies must have room for at least one body of the size that `body` allows");
    }
  }

  void LoadTo(const SettingsGroup& root) {
    if (!root.Has("to")) {
      return root.ReportMissing("to",
                                "`to: {folder: DIR}` or `to: {kafka: …, kept_folder: DIR}`, where the records go");
    }
    const std::optional<SettingsGroup> to =
        GroupOf(root, "to", {"folder", "segment", "kept", "kafka", "formats", "kept_folder", "acknowledged_within"});
    if (!to) return;
    to->Bytes("kept", 64 * kKibibyte, 1024 * 1024 * kMebibyte, &settings_.inbox.kept_bytes);
    if (to->Has("kafka")) return LoadToKafka(*to);
    LoadToFolder(*to);
  }

  void LoadToFolder(const SettingsGroup& to) {
    if (!to.Has("folder")) to.ReportMissing("folder", "a path; or `kafka`, to write to its topics");
    to.Text("folder", "a path", nullptr, &settings_.inbox.folder);
    to.Bytes("segment", 64 * kKibibyte, 1024 * 1024 * kMebibyte, &settings_.inbox.segment_bytes);
    for (const char* key : {"formats", "kept_folder", "acknowledged_within"}) {
      if (const YamlEntry* entry = to.Find(key)) entry->KeyError("is used beside `kafka` only");
    }
  }

  void LoadToKafka(const SettingsGroup& to) {
    for (const char* key : {"folder", "segment"}) {
      if (const YamlEntry* entry = to.Find(key)) {
        entry->KeyError(
            "records go to files or to kafka, not to both: remove one; what is kept for people goes to"
            " `kept_folder`");
      }
    }
    TopicSettings& topics = settings_.topics.emplace();
    config::LoadClientGroups(*to.Find("kafka"), to.Find("formats"), "to", environment_, &topics.kafka, &topics.formats);
    if (!to.Has("kept_folder")) to.ReportMissing("kept_folder", "a path, for what no record can be made of");
    to.Text("kept_folder", "a path", nullptr, &settings_.inbox.folder);
    to.Duration("acknowledged_within", std::chrono::seconds(1), std::chrono::minutes(5), &topics.patience);
  }

  void LoadHttp(const SettingsGroup& root) {
    const std::optional<SettingsGroup> http = GroupOf(root, "http", {"enabled", "address", "port"});
    if (!http) return;
    http->Flag("enabled", &settings_.http.enabled);
    http->Text("address", kAddress, config::IsAddress, &settings_.http.address);
    ReadPort(*http, &settings_.http.port);
  }

  void LoadLog(const SettingsGroup& root) {
    const std::optional<SettingsGroup> log = GroupOf(root, "log", {"level", "format"});
    if (!log) return;
    const std::vector<std::string> formats = {"text", "json"};
    size_t index = 0;
    if (log->Choice("level", telemetry::LogLevels(), &index)) settings_.log.level = telemetry::LogLevels()[index];
    if (log->Choice("format", formats, &index)) settings_.log.format = static_cast<config::LogFormat>(index);
  }

  void ReadPem(const SettingsGroup& group, const char* key, std::string* pem) const {
    if (!group.Has(key)) return group.ReportMissing(key, "tls needs both, certificate_file and key_file");
    std::string path;
    std::optional<std::string> text = ReadFileOf(group, key, files_, &path);
    if (!text) return;
    const YamlValue& value = group.Find(key)->value;
    if (text->find("-----BEGIN ") == std::string::npos) return value.Error("that file is not PEM");
    if (pem == &settings_.server.key && files_.others_can_read(path)) {
      value.Warning("that file can be read by others than its owner: chmod 600");
    }
    *pem = *std::move(text);
  }

  const config::Environment& environment_;
  const SettingsFiles& files_;
  ReceiverSettings settings_;
};

}  // namespace

std::optional<std::string> ReadFileOf(const SettingsGroup& group, std::string_view key, const SettingsFiles& files,
                                      std::string* path) {
  if (!group.Text(key, "a path", nullptr, path)) return std::nullopt;
  Result<std::string> text = files.read(*path);
  if (text.ok()) return *std::move(text);
  group.Find(key)->value.Error(text.status().message());
  return std::nullopt;
}

LoadedReceiverSettings LoadReceiverSettings(std::string_view yaml, const config::Environment& environment,
                                            const SettingsFiles& files) {
  const config::SourceText text(yaml);
  config::ProblemLog log(&text);
  ReceiverSettings settings;
  config::ReadSettingsDocument(yaml, "config/examples/receive.yaml is one to start from", &log,
                               [&](const config::YamlNode& root) {
                                 settings = Loader(environment, files).Load({&root, root.offset, "", &log});
                               });
  LoadedReceiverSettings loaded;
  if (!log.has_errors()) loaded.settings = std::move(settings);
  loaded.errors = log.TakeErrors();
  loaded.warnings = log.TakeWarnings();
  return loaded;
}

}  // namespace leadpulse::receiver
