#include "config/settings_loader.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "config/problem_log.h"
#include "config/setting_reader.h"
#include "config/settings_checks.h"
#include "config/settings_document.h"
#include "config/settings_table.h"
#include "config/source_text.h"
#include "config/yaml_reader.h"

namespace leadpulse::config {
namespace {

class SettingsLoader {
 public:
  // `group`: in which the groups stand, as `to.`; empty: in none.
  SettingsLoader(const Environment& environment, ProblemLog* log, std::string group = "")
      : environment_(environment), log_(log), group_(std::move(group)) {}

  Settings Load(const YamlNode& root) {
    Settings settings;
    LoadGroup(YamlValue(&root, root.offset, "", log_), &settings);
    ReportMissing();
    CheckSettings(settings, given_, log_);
    return settings;
  }

  // Of what a client of the cluster needs, and nothing else.
  Settings LoadClient(const YamlEntry& kafka, const YamlEntry* formats) {
    Settings settings;
    LoadEntry(kafka, &settings);
    if (formats != nullptr) LoadEntry(*formats, &settings);
    ReportMissing();
    CheckClientSettings(settings, given_, log_);
    return settings;
  }

 private:
  // What may stand in the group at `path`, in the order of the table.
  static std::vector<std::string> KeysOf(const std::string& path);
  // As the table has it.
  std::string NameOf(const YamlValue& value) const { return value.path().substr(group_.size()); }
  static const Setting* SettingAt(const std::string& path);

  void LoadGroup(const YamlValue& value, Settings* settings);
  void LoadEntry(const YamlEntry& entry, Settings* settings);
  void MarkAsWrong(const YamlValue& group);
  void ReportMissing() const;

  const Environment& environment_;
  ProblemLog* log_;
  const std::string group_;
  GivenSettings given_;
  std::map<std::string, uint32_t, std::less<>> groups_;  // where those stand that the file has
};

std::vector<std::string> SettingsLoader::KeysOf(const std::string& path) {
  const std::string beginning = path.empty() ? "" : path + ".";
  std::vector<std::string> keys;
  for (const SettingGroup& group : SettingGroups()) {
    for (const Setting& setting : group.settings) {
      if (!setting.name.starts_with(beginning)) continue;
      std::string_view key = setting.name.substr(beginning.size());
      key = key.substr(0, key.find('.'));
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.emplace_back(key);
    }
  }
  return keys;
}

const Setting* SettingsLoader::SettingAt(const std::string& path) {
  for (const SettingGroup& group : SettingGroups()) {
    for (const Setting& setting : group.settings) {
      if (setting.name == path) return &setting;
    }
  }
  return nullptr;
}

void SettingsLoader::LoadGroup(const YamlValue& value, Settings* settings) {
  const std::vector<std::string> known = KeysOf(NameOf(value));
  if (value.node().kind != YamlKind::kMap) {
    MarkAsWrong(value);
    // Not what stands there: `sasl: hunter2`.
    const std::string found = value.node().kind == YamlKind::kList ? "a list" : "a text";
    return value.Error("expected a map with some of the keys " + OneOf(known) + ", found " + found);
  }
  const std::optional<std::vector<YamlEntry>> entries = value.Entries("a map");
  if (!entries) return;
  for (const YamlEntry& entry : *entries) {
    if (std::find(known.begin(), known.end(), entry.key) == known.end()) {
      ReportUnknownSetting(entry, value.path(), known);
    } else if (!entry.value.IsNull()) {
      LoadEntry(entry, settings);
    }
  }
}

void SettingsLoader::LoadEntry(const YamlEntry& entry, Settings* settings) {
  const std::string path = NameOf(entry.value);
  const Setting* setting = SettingAt(path);
  if (setting == nullptr) {
    groups_.emplace(path, entry.key_offset);
    return LoadGroup(entry.value, settings);
  }
  const bool right = ReadSetting(*setting, entry.value, environment_, settings);
  given_.emplace(setting->name, GivenSetting{entry.key_offset, right});
}

// What is said of the group is said of all that belongs into it.
void SettingsLoader::MarkAsWrong(const YamlValue& group) {
  const std::string name = NameOf(group);
  const std::string beginning = name.empty() ? "" : name + ".";
  for (const SettingGroup& settings : SettingGroups()) {
    for (const Setting& setting : settings.settings) {
      if (setting.name.starts_with(beginning)) given_.emplace(setting.name, GivenSetting{group.offset(), false});
    }
  }
}

// Where the innermost group that the file has begins, of those it would stand in.
void SettingsLoader::ReportMissing() const {
  for (const SettingGroup& group : SettingGroups()) {
    for (const Setting& setting : group.settings) {
      if (!setting.required || given_.contains(setting.name)) continue;
      if (!group_.empty() && !setting.name.starts_with("kafka.")) continue;  // of another program
      std::optional<uint32_t> place;
      for (const auto& [path, offset] : groups_) {
        if (setting.name.starts_with(path + ".")) place = offset;
      }
      log_->Error(place, group_ + std::string(setting.name), "is missing: " + DescribeKind(setting));
    }
  }
}

}  // namespace

LoadedSettings LoadSettings(std::string_view yaml, const Environment& environment) {
  const SourceText source(yaml);
  ProblemLog log(&source);
  Settings settings;
  ReadSettingsDocument(yaml, "`leadpulse run --help-config` lists what it may hold", &log,
                       [&](const YamlNode& root) { settings = SettingsLoader(environment, &log).Load(root); });
  LoadedSettings loaded;
  if (!log.has_errors()) loaded.settings = std::move(settings);
  loaded.errors = log.TakeErrors();
  loaded.warnings = log.TakeWarnings();
  return loaded;
}

void LoadClientGroups(const YamlEntry& kafka, const YamlEntry* formats, const std::string& group,
                      const Environment& environment, KafkaSettings* kafka_settings, FormatSettings* format_settings) {
  Settings settings = SettingsLoader(environment, &kafka.value.log(), group + ".").LoadClient(kafka, formats);
  *kafka_settings = std::move(settings.kafka);
  *format_settings = settings.formats;
}

}  // namespace leadpulse::config
