#include "config/settings_reader.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "config/setting_texts.h"
#include "config/settings_checks.h"
#include "processor/base/text.h"

namespace leadpulse::config {
namespace {

// Whether the text, which is final, is a secret of that size. Reports nothing that quotes it: ReadExpanded drops it.
bool IsSecret(const YamlValue& value, size_t least_bytes) {
  return value.Name("a secret", kMaxSettingTextBytes).has_value() && value.node().text.size() >= least_bytes;
}

// Reads a scalar whose text is final. False: it does not fit, and the value's log says why.
struct ScalarReader {
  const Setting& setting;
  const YamlValue& value;

  bool operator()(const FlagSetting& kind) const { return Keep(value.Boolean(), kind.member); }
  bool operator()(const IntegerSetting& kind) const {
    const std::optional<int64_t> read = value.Integer(kind.low, kind.high);
    if (read) kind.set(*read);
    return read.has_value();
  }
  bool operator()(const ShareSetting& kind) const {
    return KeepBounded(value, DescribeKind(setting), ParseNumber(value.node().text), kind.low, kind.high, kind.member);
  }
  bool operator()(const DurationSetting& kind) const {
    return KeepBounded(value, DescribeKind(setting) + ", such as 100ms, 10s or 5m",
                       ParsePreciseDuration(value.node().text), kind.low, kind.high, kind.member);
  }
  bool operator()(const BytesSetting& kind) const {
    return KeepBounded(value, DescribeKind(setting) + ", such as 64MiB or 2GiB", ParseBytes(value.node().text),
                       kind.low, kind.high, kind.member);
  }
  bool operator()(const TextSetting& kind) const {
    std::optional<std::string> read = value.Name(kind.what, kMaxSettingTextBytes);
    if (read && kind.fits != nullptr && !kind.fits(*read)) return Misfit(value, DescribeKind(setting));
    return Keep(std::move(read), kind.member);
  }
  bool operator()(const SecretSetting& kind) const {
    const std::string& text = value.node().text;
    const bool fits = kind.may_have_lines ? text.size() <= kMaxSettingTextBytes && text.size() >= kind.least_bytes
                                          : IsSecret(value, kind.least_bytes);
    if (!fits) return Misfit(value, DescribeKind(setting));
    *kind.member = Secret(text);
    return true;
  }
  bool operator()(const ChoiceSetting& kind) const {
    const std::optional<size_t> read = value.Choice("one of these", kind.names);
    if (read) kind.set(*read);
    return read.has_value();
  }
  template <typename Kind>
  bool operator()(const Kind&) const {
    return Misfit(value, DescribeKind(setting));  // no scalar
  }
};

// Whether it has the form of librdkafka's names. Another text may be `sasl.password:hunter2`, without the space.
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

bool ReadClientMap(const ClientMapSetting& kind, const YamlValue& value, const Environment& environment) {
  const std::optional<std::vector<YamlEntry>> entries = value.Entries("a map from librdkafka's names to values");
  if (!entries) return false;
  bool good = true;
  for (const YamlEntry& entry : *entries) {
    if (IsClientSettingName(entry.key)) {
      good = ReadClientSetting(entry, environment, kind.member) && good;
    } else {
      value.log().Error(entry.key_offset, value.path(), "expected `name: value`; names have a–z 0–9 . _ only");
      good = false;
    }
  }
  return good;
}

bool ReadSecrets(const SecretListSetting& kind, const std::string& what, const YamlValue& value,
                 const Environment& environment) {
  if (!HasKind(value, YamlKind::kList, what)) return false;
  const std::optional<std::vector<YamlValue>> items = value.List(what);
  if (!items) return false;
  if (items->size() > kind.most_secrets) {
    value.Error("expected " + what);
    return false;
  }
  std::vector<Secret> secrets;
  for (const YamlValue& item : *items) {
    const bool good =
        ReadExpanded(item, environment, "a secret of at least " + std::to_string(kind.least_bytes) + " bytes",
                     /*secret=*/true, [&](const YamlValue& expanded) {
                       if (!IsSecret(expanded, kind.least_bytes)) return false;
                       secrets.emplace_back(expanded.node().text);
                       return true;
                     });
    if (!good) return false;
  }
  *kind.member = std::move(secrets);
  return true;
}

// Reads one value into its member. If it is wrong, reports it, leaves the member unchanged and returns false. Never
// quotes a secret or what came from the environment.
bool ReadSetting(const Setting& setting, const YamlValue& value, const Environment& environment) {
  if (std::holds_alternative<OtherSetting>(setting.kind)) return true;
  if (const auto* map = std::get_if<ClientMapSetting>(&setting.kind)) {
    return HasKind(value, YamlKind::kMap, DescribeKind(setting)) && ReadClientMap(*map, value, environment);
  }
  if (const auto* list = std::get_if<SecretListSetting>(&setting.kind)) {
    return ReadSecrets(*list, DescribeKind(setting), value, environment);
  }
  const bool secret = std::holds_alternative<SecretSetting>(setting.kind);
  return ReadExpanded(value, environment, DescribeKind(setting), secret, [&](const YamlValue& expanded) {
    return std::visit(ScalarReader{setting, expanded}, setting.kind);
  });
}

}  // namespace

bool SettingsReader::ReadGroup(const YamlValue& value) {
  const std::optional<std::vector<YamlEntry>> entries = KnownSettings(value, KeysOf(NameOf(value)));
  if (!entries) {
    MarkAsWrong(value);
    return false;
  }
  for (const YamlEntry& entry : *entries) ReadEntry(entry);
  return true;
}

void SettingsReader::ReadEntry(const YamlEntry& entry) {
  std::string name = NameOf(entry.value);
  const Setting* setting = SettingAt(name);
  if (setting == nullptr) {
    GivenGroup& group = groups_.emplace(std::move(name), GivenGroup{entry}).first->second;
    group.is_map = ReadGroup(entry.value);
    return;
  }
  const bool right = ReadSetting(*setting, entry.value, environment_);
  given_.emplace(setting->name, GivenSetting{entry.key_offset, right, entry});
}

void SettingsReader::ReportMissing(std::string_view beginning) const {
  for (const SettingGroup& group : table_) {
    for (const Setting& setting : group.settings) {
      if (setting.omitted != kRequired || given_.contains(setting.name) || !setting.name.starts_with(beginning))
        continue;
      std::optional<uint32_t> place;
      for (const auto& [name, given] : groups_) {
        if (setting.name.starts_with(name + ".")) place = given.entry.key_offset;
      }
      const std::string_view rest = setting.name.substr(table_beginning_.size());
      log_->Error(place, file_beginning_ + std::string(rest), "is missing: " + DescribeKind(setting));
    }
  }
}

const YamlEntry* SettingsReader::Find(std::string_view name) const {
  if (const auto group = groups_.find(name); group != groups_.end()) return &group->second.entry;
  const auto found = given_.find(name);
  return found != given_.end() && found->second.entry ? &*found->second.entry : nullptr;
}

bool SettingsReader::IsRight(std::string_view name) const {
  const auto found = given_.find(name);
  return found != given_.end() && found->second.right;
}

bool SettingsReader::AreRight(std::string_view beginning) const {
  return std::ranges::all_of(
      given_, [beginning](const auto& given) { return given.second.right || !given.first.starts_with(beginning); });
}

const YamlValue* SettingsReader::Group(std::string_view name) const {
  const auto found = groups_.find(name);
  return found != groups_.end() && found->second.is_map ? &found->second.entry.value : nullptr;
}

std::vector<std::string> SettingsReader::KeysOf(const std::string& name) const {
  const std::string beginning = name.empty() ? "" : name + ".";
  std::vector<std::string> keys;
  for (const SettingGroup& group : table_) {
    for (const Setting& setting : group.settings) {
      if (!setting.name.starts_with(beginning)) continue;
      std::string_view key = setting.name.substr(beginning.size());
      key = key.substr(0, key.find('.'));
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.emplace_back(key);
    }
  }
  return keys;
}

std::string SettingsReader::NameOf(const YamlValue& value) const {
  return table_beginning_ + value.path().substr(file_beginning_.size());
}

const Setting* SettingsReader::SettingAt(std::string_view name) const {
  for (const SettingGroup& group : table_) {
    const auto found = std::ranges::find(group.settings, name, &Setting::name);
    if (found != group.settings.end()) return &*found;
  }
  return nullptr;
}

void SettingsReader::MarkAsWrong(const YamlValue& group) {
  const std::string name = NameOf(group);
  const std::string beginning = name.empty() ? "" : name + ".";
  for (const SettingGroup& settings : table_) {
    for (const Setting& setting : settings.settings) {
      if (setting.name.starts_with(beginning)) given_.emplace(setting.name, GivenSetting{group.offset(), false});
    }
  }
}

}  // namespace leadpulse::config
