// The table is complete: each of its rows can be set in a file, has the default it shows, and is in the help and in the
// README.
#include "config/settings_table.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <variant>

#include "config/setting_texts.h"
#include "processor/base/text.h"
#include "processor/telemetry/logging.h"
#include "tests/unit/config/settings_support.h"

namespace leadpulse::config::settings_table_test {

// Returns settings under which every other setting has a use, so that any of them may be changed alone.
std::map<std::string, std::string> Everything() {
  return {{"kafka.bootstrap_servers", "'localhost:9092'"},
          {"kafka.security.protocol", "sasl_tls"},
          {"kafka.security.sasl.username", "ada"},
          {"kafka.security.sasl.password", "secret"},
          {"kafka.security.sasl.mechanism", "OAUTHBEARER"},
          {"kafka.security.sasl.token_url", "'https://id.example/token'"},
          {"kafka.security.tls.certificate_file", "certificate.pem"},
          {"kafka.security.tls.key_file", "key.pem"},
          {"state.directory", "state"},
          {"state.erasure_secret", "0123456789abcdef"},
          {"definitions.file", "d.yaml"},
          {"memory", "2TiB"},
          {"formats.changes", "confluent"},
          {"formats.change_keys", "nul"},
          {"formats.schema_ids.changes", "7"},
          {"formats.dead_letters", "confluent"},
          {"formats.schema_ids.dead_letters", "8"},
          {"formats.profiles", "confluent"},
          {"formats.schema_ids.profiles", "9"},
          {"queries.enabled", "true"},
          {"queries.token_file", "token"},
          {"queries.tls.certificate_file", "certificate.pem"},
          {"queries.tls.key_file", "key.pem"}};
}

// A value within the bounds that differs from the present one.
struct OtherValue {
  std::string operator()(const FlagSetting& kind) const { return *kind.member ? "false" : "true"; }
  std::string operator()(const IntegerSetting& kind) const { return std::to_string(kind.high); }
  std::string operator()(const ShareSetting& kind) const { return SpellNumber(kind.high); }
  std::string operator()(const DurationSetting& kind) const { return SpellPreciseDuration(kind.low + Millis(1)); }
  std::string operator()(const BytesSetting& kind) const { return SpellBytes(kind.high); }
  std::string operator()(const TextSetting& kind) const {
    for (const std::string text : {"other", "::1"}) {
      if (kind.fits == nullptr || kind.fits(text)) return "'" + text + "'";
    }
    return "'https://other.example'";
  }
  std::string operator()(const SecretSetting&) const { return "another secret of many bytes"; }
  std::string operator()(const SecretListSetting&) const { return "[a former secret of many bytes]"; }
  std::string operator()(const ChoiceSetting& kind) const { return kind.names[kind.get() == 0 ? 1 : 0]; }
  std::string operator()(const ClientMapSetting&) const { return "{client.rack: 5}"; }
  std::string operator()(const OtherSetting&) const { return ""; }  // there is none
};

TEST(SettingsTable, EverySettingIsReadIntoAMemberOfItsOwn) {
  Settings defaults;
  for (const Setting& setting : AllSettings(&defaults)) {
    std::map<std::string, std::string> values = Everything();
    // In place of another one.
    const bool is_alternative = setting.name == "definitions.topic" || setting.name == "kafka.security.sasl.token_file";
    if (setting.name == "definitions.topic") values.erase("definitions.file");
    if (setting.name == "kafka.security.sasl.token_file" || setting.name == "kafka.security.sasl.mechanism")
      values.erase("kafka.security.sasl.token_url");
    if (setting.name == "kafka.security.sasl.mechanism") values.erase("kafka.security.sasl.mechanism");
    if (setting.name == "kafka.security.sasl.token_file") {
      values.erase("kafka.security.sasl.username");
      values.erase("kafka.security.sasl.password");
    }
    // Other protocols and formats would not use the settings beside them.
    if (setting.name == "kafka.security.protocol")
      std::erase_if(values, [](const auto& entry) { return entry.first.starts_with("kafka.security."); });
    if (setting.name.starts_with("formats."))
      std::erase_if(values, [&](const auto& entry) {
        return entry.first.starts_with("formats.") && setting.name.find("schema_ids") == std::string_view::npos;
      });
    if (setting.name.starts_with("formats.schema_registry."))
      values.insert({{"formats.schema_registry.url", "'https://registry.example'"},
                     {"formats.schema_registry.username", "ada"},
                     {"formats.schema_registry.password", "secret"}});
    if (setting.name == "formats.schema_registry.token") {
      values.erase("formats.schema_registry.username");
      values.erase("formats.schema_registry.password");
    }
    // A file without a required setting does not load, so there is nothing to compare with.
    Settings before = is_alternative ? Settings() : MustLoadSettings(AsYaml(values));
    const std::vector<Setting> all_before = AllSettings(&before);
    const Setting& present = *std::ranges::find(all_before, setting.name, &Setting::name);
    values[std::string(setting.name)] = std::visit(OtherValue(), present.kind);
    if (setting.name == "formats.schema_registry.token") values[std::string(setting.name)] = "another.token";
    if (setting.name == "formats.changes") values[std::string(setting.name)] = "json";
    Settings after = MustLoadSettings(AsYaml(values));
    EXPECT_NE(before, after) << setting.name;
    if (is_alternative) continue;
    // Only this one changes: all others show the same as before.
    const std::vector<Setting> all_after = AllSettings(&after);
    for (size_t i = 0; i < all_after.size(); ++i) {
      const bool same = ShowValue(all_before[i]) == ShowValue(all_after[i]);
      const bool secret = std::holds_alternative<SecretSetting>(all_after[i].kind);
      EXPECT_EQ(same, all_after[i].name != setting.name || (secret && !ShowValue(all_before[i]).empty()))
          << setting.name << " and " << all_after[i].name;
    }
  }
}

TEST(SettingsTable, WhatIsShownAsADefaultIsTheDefault) {
  const std::string help = SettingsHelp();
  const Settings least = MustLoadSettings(std::string(kLeast));
  Settings defaults;
  for (const Setting& setting : AllSettings(&defaults)) {
    const std::string shown = ShowValue(setting);
    if (setting.omitted == kRequired || shown.empty()) continue;
    if (setting.name == "definitions.topic" || setting.name.starts_with("kafka.security.")) continue;  // below
    std::map<std::string, std::string> values = {{"kafka.bootstrap_servers", "'localhost:9092'"},
                                                 {"state.directory", "state"},
                                                 {"state.erasure_secret", "0123456789abcdef"},
                                                 {"definitions.file", "d.yaml"}};
    values[std::string(setting.name)] = shown;
    EXPECT_EQ(MustLoadSettings(AsYaml(values)), least) << setting.name << ": " << shown;
  }
}

TEST(SettingsTable, TheHelpHasEverySettingWithKindDefaultAndDescription) {
  std::string help = SettingsHelp();
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    const auto characters = std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; });
    EXPECT_LE(characters, 100) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
  // Without the line breaks.
  for (size_t at = 0; (at = help.find('\n', at)) != std::string::npos;) {
    const size_t end = help.find_first_not_of(" \n", at);
    help.replace(at, end == std::string::npos ? std::string::npos : end - at, " ");
  }
  Settings defaults;
  for (const Setting& setting : AllSettings(&defaults)) {
    const std::string value = ShowValue(setting);
    const std::string what = !setting.omitted.empty() ? std::string(setting.omitted)
                             : value.empty()          ? "none"
                                                      : "default " + value;
    const std::string expected =
        std::string(setting.name) + ": " + DescribeKind(setting) + "; " + what + " " + std::string(setting.description);
    EXPECT_NE(help.find(expected), std::string::npos) << expected;
  }
}

TEST(SettingsTable, NamesAreUniqueAndNoGroupIsASetting) {
  Settings defaults;
  std::set<std::string_view> names;
  for (const Setting& setting : AllSettings(&defaults)) {
    EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
    EXPECT_TRUE(setting.description.ends_with('.') || setting.description.ends_with("…")) << setting.name;
  }
  for (const std::string_view name : names) {
    for (const std::string_view other : names) {
      EXPECT_FALSE(other.starts_with(std::string(name) + ".")) << name << " and " << other;
    }
  }
}

TEST(SettingsTable, AChoiceThatIsNotMadeShowsNothing) {
  std::string way;
  const Setting setting{"way", Choice({"in", "out"}, &way), "A way."};
  EXPECT_EQ(ShowValue(setting), "");
  way = "out";
  EXPECT_EQ(ShowValue(setting), "out");
}

TEST(SettingsTable, LevelsAreThoseOfTheLog) {
  Settings defaults;
  for (const Setting& setting : AllSettings(&defaults)) {
    if (setting.name != "log.level") continue;
    EXPECT_EQ(std::get<ChoiceSetting>(setting.kind).names, telemetry::LogLevels());
  }
}

std::string InCell(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, 1, '\\');
  return text;
}

// The tables of config/README.md have these lines; after a failure, copy them there.
TEST(SettingsTable, TheReadMeHasTheTable) {
  std::string table;
  Settings defaults;
  for (const SettingGroup& group : SettingGroups(&defaults)) {
    table += "**" + std::string(group.title) + "**\n\n| setting | value | omitted | what it is |\n|---|---|---|---|\n";
    for (const Setting& setting : group.settings) {
      const std::string value = ShowValue(setting);
      const std::string omitted = setting.omitted == kRequired ? "**required**"
                                  : !setting.omitted.empty()   ? std::string(setting.omitted)
                                  : value.empty()              ? "none"
                                                               : "`" + value + "`";
      table += "| `" + std::string(setting.name) + "` | " + InCell(DescribeKind(setting)) + " | " + omitted + " | " +
               InCell(std::string(setting.description)) + " |\n";
    }
    table += "\n";
  }
  std::ifstream file("config/README.md");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_NE(text.find(table), std::string::npos) << table;
}

}  // namespace leadpulse::config::settings_table_test
