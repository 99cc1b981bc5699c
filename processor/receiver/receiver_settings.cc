#include "processor/receiver/receiver_settings.h"

#include <algorithm>
#include <utility>

#include "config/settings_document.h"
#include "config/settings_loader.h"
#include "processor/receiver/settings_table.h"
#include "processor/receiver/source_settings.h"

namespace leadpulse::receiver {
namespace {

using config::ReportMissing;
using config::YamlEntry;
using config::YamlValue;

// Returns the longest that any of the sources could accept a token for after it was signed.
Millis TokenLifetimeOf(const std::vector<Source>& sources) {
  Millis longest{0};
  for (const Source& source : sources) {
    for (const auto& check : source.signatures) longest = std::max(longest, check.token_lifetime);
  }
  return longest;
}

class Loader {
 public:
  Loader(const config::Environment& environment, const SettingsFiles& files, config::ProblemLog* log)
      : environment_(environment), files_(files), reader_(FileTable(&values_), environment, log) {}

  ReceiverSettings Load(const YamlValue& root) {
    if (!reader_.ReadGroup(root)) return std::move(settings_);
    WarnOfNoTls();
    LoadTls();
    LoadLimits();
    LoadTo(root);
    if (const YamlEntry* sources = reader_.Find("sources")) {
      settings_.sources = LoadSources(sources->value, environment_, files_);
      settings_.inbox.token_lifetime = TokenLifetimeOf(settings_.sources);
    } else {
      ReportMissing(root, "sources", "a list with an entry for each webhook");
    }
    return std::move(settings_);
  }

 private:
  void WarnOfNoTls() const {
    const std::string& address = settings_.server.address;
    const bool here = address.starts_with("127.") || address == "::1";
    if (here || reader_.Has("tls")) return;
    reader_.Find("listen.address")
        ->value.Warning(
            "others can reach this without tls: what providers post can be read on the way, unless a proxy in front "
            "of it has TLS");
  }

  void LoadTls() {
    const YamlValue* tls = reader_.Group("tls");
    if (tls == nullptr) return;
    ReadPem(*tls, "certificate_file", values_.certificate_file, &settings_.server.certificate);
    ReadPem(*tls, "key_file", values_.key_file, &settings_.server.key);
  }

  void LoadLimits() {
    http::ServerOptions& server = settings_.server;
    server.timeout = std::chrono::ceil<std::chrono::seconds>(values_.request_time);
    settings_.inbox.waiting_bytes = server.bodies.all;
    if (server.bodies.all < server.bodies.one) {
      const char* at = reader_.Has("limits.all_bodies") ? "limits.all_bodies" : "limits.body";
      reader_.Find(at)->value.Error("all_bodies must have room for at least one body of the size that `body` allows");
    }
  }

  void LoadTo(const YamlValue& root) {
    if (!reader_.Has("to")) {
      return ReportMissing(root, "to",
                           "`to: {folder: DIR}` or `to: {kafka: …, kept_folder: DIR}`, where the records go");
    }
    const YamlValue* to = reader_.Group("to");
    if (to == nullptr) return;
    if (reader_.Has("to.kafka")) return LoadToKafka(*to);
    settings_.inbox.folder = values_.folder;
    if (!reader_.Has("to.folder")) ReportMissing(*to, "folder", "a path; or `kafka`, to write to its topics");
    for (const char* name : {"to.formats", "to.kept_folder", "to.acknowledged_within"}) {
      if (const YamlEntry* entry = reader_.Find(name)) entry->KeyError("is used beside `kafka` only");
    }
  }

  void LoadToKafka(const YamlValue& to) {
    for (const char* name : {"to.folder", "to.segment"}) {
      if (const YamlEntry* entry = reader_.Find(name)) {
        entry->KeyError(
            "records go to files or to kafka, not to both: remove one; what is kept for people goes to"
            " `kept_folder`");
      }
    }
    TopicSettings& topics = settings_.topics.emplace();
    config::LoadClientGroups(*reader_.Find("to.kafka"), reader_.Find("to.formats"), "to", environment_, &topics.kafka,
                             &topics.formats);
    if (!reader_.Has("to.kept_folder")) ReportMissing(to, "kept_folder", "a path, for what no record can be made of");
    settings_.inbox.folder = values_.kept_folder;
    topics.timeout = values_.acknowledged_within;
  }

  void ReadPem(const YamlValue& tls, const std::string& key, const std::string& path, std::string* pem) const {
    const std::string name = "tls." + key;
    if (!reader_.Has(name)) return ReportMissing(tls, key, "tls needs both, certificate_file and key_file");
    std::optional<std::string> text = ReadFileOf(reader_, name, path, files_);
    if (!text) return;
    const YamlValue& value = reader_.Find(name)->value;
    if (text->find("-----BEGIN ") == std::string::npos) return value.Error("that file is not PEM");
    if (pem == &settings_.server.key && files_.others_can_read(path)) {
      value.Warning("that file can be read by others than its owner: chmod 600");
    }
    *pem = *std::move(text);
  }

  const config::Environment& environment_;
  const SettingsFiles& files_;
  FileValues values_;
  ReceiverSettings& settings_ = values_.settings;
  config::SettingsReader reader_;
};

}  // namespace

std::optional<std::string> ReadFileOf(const config::SettingsReader& reader, std::string_view name,
                                      const std::string& path, const SettingsFiles& files) {
  if (!reader.IsRight(name)) return std::nullopt;
  Result<std::string> text = files.read(path);
  if (text.ok()) return *std::move(text);
  reader.Find(name)->value.Error(text.status().message());
  return std::nullopt;
}

LoadedReceiverSettings LoadReceiverSettings(std::string_view yaml, const config::Environment& environment,
                                            const SettingsFiles& files) {
  const config::SourceText text(yaml);
  config::ProblemLog log(&text);
  ReceiverSettings settings;
  config::ReadSettingsDocument(yaml, "config/examples/receive.yaml is one to start from", &log,
                               [&](const config::YamlNode& root) {
                                 settings = Loader(environment, files, &log).Load({&root, root.offset, "", &log});
                               });
  LoadedReceiverSettings loaded;
  if (!log.has_errors()) loaded.settings = std::move(settings);
  loaded.errors = log.TakeErrors();
  loaded.warnings = log.TakeWarnings();
  return loaded;
}

}  // namespace leadpulse::receiver
