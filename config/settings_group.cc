#include "config/settings_group.h"

#include <utility>

#include "config/setting_texts.h"
#include "config/settings_document.h"

namespace leadpulse::config {

std::optional<SettingsGroup> SettingsGroup::Open(const YamlValue& value, std::vector<std::string> known,
                                                 const Environment* environment) {
  std::optional<std::vector<YamlEntry>> entries = KnownSettings(value, known);
  if (!entries) return std::nullopt;
  return SettingsGroup(value, YamlKeys(*std::move(entries)), environment);
}

void SettingsGroup::ReportMissing(std::string_view key, std::string_view what) const {
  const std::string beginning = value_.path().empty() ? "" : value_.path() + ".";
  value_.log().Error(value_.path().empty() ? std::nullopt : std::optional<uint32_t>(value_.offset()),
                     beginning + std::string(key), "is missing: " + std::string(what));
}

bool SettingsGroup::Read(std::string_view key, const std::string& what, bool secret, const Reader& read) const {
  const YamlEntry* entry = Find(key);
  return entry != nullptr && ReadExpanded(entry->value, *environment_, what, secret, read);
}

bool SettingsGroup::Flag(std::string_view key, bool* member) const {
  return Read(key, "true or false", false, [&](const YamlValue& value) { return Keep(value.Boolean(), member); });
}

bool SettingsGroup::Integer(std::string_view key, int64_t low, int64_t high, int64_t* member) const {
  const std::string what = "an integer from " + std::to_string(low) + " to " + std::to_string(high);
  return Read(key, what, false, [&](const YamlValue& value) { return Keep(value.Integer(low, high), member); });
}

bool SettingsGroup::Duration(std::string_view key, Millis low, Millis high, Millis* member) const {
  const std::string what = "a duration from " + SpellPreciseDuration(low) + " to " + SpellPreciseDuration(high);
  return Read(key, what, false, [&](const YamlValue& value) {
    return KeepBounded(value, what + ", such as 100ms, 10s or 5m", ParsePreciseDuration(value.node().text), low, high,
                       member);
  });
}

bool SettingsGroup::Bytes(std::string_view key, uint64_t low, uint64_t high, size_t* member) const {
  const std::string what = "bytes from " + SpellBytes(low) + " to " + SpellBytes(high);
  return Read(key, what, false, [&](const YamlValue& value) {
    return KeepBounded(value, what + ", such as 64MiB or 2GiB", ParseBytes(value.node().text), low, high, member);
  });
}

bool SettingsGroup::Text(std::string_view key, std::string_view what, bool (*fits)(std::string_view),
                         std::string* member) const {
  return Read(key, std::string(what), false, [&](const YamlValue& value) {
    std::optional<std::string> read = value.Name(what, kMaxSettingTextBytes);
    if (read && fits != nullptr && !fits(*read)) return Misfit(value, std::string(what));
    return Keep(std::move(read), member);
  });
}

// A key may stand there as its PEM file has it, in several lines.
bool SettingsGroup::SecretText(std::string_view key, Secret* member) const {
  return Read(key, "a secret", true, [&](const YamlValue& value) {
    const std::string& text = value.node().text;
    if (text.empty() || text.size() > kMaxSettingTextBytes) return false;
    *member = Secret(text);
    return true;
  });
}

bool SettingsGroup::Choice(std::string_view key, std::span<const std::string> names, size_t* member) const {
  return Read(key, OneOf(names), false,
              [&](const YamlValue& value) { return Keep(value.Choice("one of these", names), member); });
}

}  // namespace leadpulse::config
