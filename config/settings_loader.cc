#include "config/settings_loader.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include "config/problem_log.h"
#include "config/setting_texts.h"
#include "config/settings_checks.h"
#include "config/settings_table.h"
#include "config/source_text.h"
#include "processor/base/text.h"

namespace leadpulse::config {
namespace {

// The reader of a scalar whose text is final. Returns false if the value does not fit; the value's log says why.
struct ScalarReader {
  const Setting& setting;
  const YamlValue& value;
  Settings* settings;

  bool operator()(const FlagSetting& kind) const { return Keep(value.Boolean(), &kind.member(*settings)); }
  bool operator()(const IntegerSetting& kind) const {
    const std::optional<int64_t> read = value.Integer(kind.low, kind.high);
    if (read) kind.set(*settings, *read);
    return read.has_value();
  }
  bool operator()(const ShareSetting& kind) const {
    return KeepBounded(value, DescribeKind(setting), ParseNumber(value.node().text), kind.low, kind.high,
                       &kind.member(*settings));
  }
  bool operator()(const DurationSetting& kind) const {
    return KeepBounded(value, DescribeKind(setting) + ", such as 100ms, 10s or 5m",
                       ParsePreciseDuration(value.node().text), kind.low, kind.high, &kind.member(*settings));
  }
  bool operator()(const BytesSetting& kind) const {
    return KeepBounded(value, DescribeKind(setting) + ", such as 64MiB or 2GiB", ParseBytes(value.node().text),
                       kind.low, kind.high, &kind.member(*settings));
  }
  bool operator()(const TextSetting& kind) const {
    std::optional<std::string> read = value.Name(kind.what, kMaxSettingTextBytes);
    if (read && kind.fits != nullptr && !kind.fits(*read)) return Misfit(value, DescribeKind(setting));
    return Keep(std::move(read), &kind.member(*settings));
  }
  bool operator()(const SecretSetting& kind) const {
    const std::optional<std::string> read = value.Name("a secret", kMaxSettingTextBytes);
    if (!read || read->size() < kind.least_bytes) return Misfit(value, DescribeKind(setting));
    kind.member(*settings) = Secret(*read);
    return true;
  }
  bool operator()(const ChoiceSetting& kind) const {
    const std::vector<std::string> names(kind.names.begin(), kind.names.end());
    const std::optional<size_t> read = value.Choice("one of these", names);
    if (read) kind.set(*settings, *read);
    return read.has_value();
  }
  bool operator()(const ClientMapSetting&) const { return Misfit(value, DescribeKind(setting)); }
};

// Whether it has the form of librdkafka's names. Another string may be `sasl.password:hunter2`, without the space.
bool IsClientSettingName(std::string_view name) {
  return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._") == std::string_view::npos;
}

bool ReadClientSetting(const YamlEntry& entry, const Environment& environment, ClientSettings* client) {
  if (const std::optional<std::string> why = WhyClientSettingIsRefused(entry.key)) {
    entry.KeyError("this setting of librdkafka is not taken: " + *why);
    return false;
  }
  if (!HasKind(entry.value, YamlKind::kScalar, "a text")) return false;
  const std::optional<Expanded> expanded = Expand(entry.value, environment);
  if (!expanded) return false;
  (*client)[entry.key] = expanded->text;
  return true;
}

bool ReadClientMap(const ClientMapSetting& kind, const YamlValue& value, const Environment& environment,
                   Settings* settings) {
  const std::optional<std::vector<YamlEntry>> entries = value.Entries("a map from librdkafka's names to values");
  if (!entries) return false;
  bool good = true;
  for (const YamlEntry& entry : *entries) {
    if (IsClientSettingName(entry.key)) {
      good = ReadClientSetting(entry, environment, &kind.member(*settings)) && good;
    } else {
      value.log().Error(entry.key_offset, value.path(), "expected `name: value`; names have a–z 0–9 . _ only");
      good = false;
    }
  }
  return good;
}

// Reads one value into its member. If it is wrong, reports it, leaves the member unchanged and returns false. Never
// quotes a secret or a value from the environment.
bool ReadSetting(const Setting& setting, const YamlValue& value, const Environment& environment, Settings* settings) {
  if (const auto* map = std::get_if<ClientMapSetting>(&setting.kind)) {
    return HasKind(value, YamlKind::kMap, DescribeKind(setting)) && ReadClientMap(*map, value, environment, settings);
  }
  const bool secret = std::holds_alternative<SecretSetting>(setting.kind);
  return ReadExpanded(value, environment, DescribeKind(setting), secret, [&](const YamlValue& expanded) {
    return std::visit(ScalarReader{setting, expanded, settings}, setting.kind);
  });
}

class SettingsLoader {
 public:
  // Loads groups inside `group`, such as `to.`; empty: at the root.
  SettingsLoader(const Environment& environment, ProblemLog* log, std::string group = "")
      : environment_(environment), log_(log), group_(std::move(group)) {}

  Settings Load(const YamlNode& root) {
    Settings settings;
    LoadGroup(YamlValue(&root, root.offset, "", log_), &settings);
    ReportMissing();
    CheckSettings(settings, given_, log_);
    return settings;
  }

  // Loads what a client of the cluster needs, and nothing else.
  Settings LoadClient(const YamlEntry& kafka, const YamlEntry* formats) {
    Settings settings;
    LoadEntry(kafka, &settings);
    if (formats != nullptr) LoadEntry(*formats, &settings);
    ReportMissing();
    CheckClientSettings(settings, given_, log_);
    return settings;
  }

 private:
  // Returns the keys that the group at `path` may have, in the order of the table.
  static std::vector<std::string> KeysOf(const std::string& path) {
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

  // Returns the name as in the table.
  std::string NameOf(const YamlValue& value) const { return value.path().substr(group_.size()); }

  static const Setting* SettingAt(const std::string& path) {
    for (const SettingGroup& group : SettingGroups()) {
      for (const Setting& setting : group.settings) {
        if (setting.name == path) return &setting;
      }
    }
    return nullptr;
  }

  void LoadGroup(const YamlValue& value, Settings* settings) {
    const std::optional<std::vector<YamlEntry>> entries = KnownSettings(value, KeysOf(NameOf(value)));
    if (!entries) return MarkAsWrong(value);
    for (const YamlEntry& entry : *entries) LoadEntry(entry, settings);
  }

  void LoadEntry(const YamlEntry& entry, Settings* settings) {
    const std::string path = NameOf(entry.value);
    const Setting* setting = SettingAt(path);
    if (setting == nullptr) {
      groups_.emplace(path, entry.key_offset);
      return LoadGroup(entry.value, settings);
    }
    const bool right = ReadSetting(*setting, entry.value, environment_, settings);
    given_.emplace(setting->name, GivenSetting{entry.key_offset, right});
  }

  // Marks every setting in the group as given and wrong, so that it is not reported as missing.
  void MarkAsWrong(const YamlValue& group) {
    const std::string name = NameOf(group);
    const std::string beginning = name.empty() ? "" : name + ".";
    for (const SettingGroup& settings : SettingGroups()) {
      for (const Setting& setting : settings.settings) {
        if (setting.name.starts_with(beginning)) given_.emplace(setting.name, GivenSetting{group.offset(), false});
      }
    }
  }

  // Reports each missing setting at the innermost of its groups that the file has.
  void ReportMissing() const {
    for (const SettingGroup& group : SettingGroups()) {
      for (const Setting& setting : group.settings) {
        if (!setting.required || given_.contains(setting.name)) continue;
        if (!group_.empty() && !setting.name.starts_with("kafka.")) continue;  // another program does not need it
        std::optional<uint32_t> place;
        for (const auto& [path, offset] : groups_) {
          if (setting.name.starts_with(path + ".")) place = offset;
        }
        log_->Error(place, group_ + std::string(setting.name), "is missing: " + DescribeKind(setting));
      }
    }
  }

  const Environment& environment_;
  ProblemLog* log_;
  const std::string group_;
  GivenSettings given_;
  std::map<std::string, uint32_t, std::less<>> groups_;  // the places of those in the file
};

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
