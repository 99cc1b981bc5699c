#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "config/setting_texts.h"
#include "config/settings_table.h"
#include "config/yaml_reader.h"
#include "processor/base/text.h"

namespace leadpulse::config {
namespace {

constexpr size_t kColumns = 100;

struct KindText {
  std::string operator()(const FlagSetting&) const { return "true or false"; }
  std::string operator()(const IntegerSetting& kind) const {
    return "an integer from " + std::to_string(kind.low) + " to " + std::to_string(kind.high);
  }
  std::string operator()(const ShareSetting& kind) const {
    return "a number from " + SpellNumber(kind.low) + " to " + SpellNumber(kind.high);
  }
  std::string operator()(const DurationSetting& kind) const {
    return "a duration from " + SpellPreciseDuration(kind.low) + " to " + SpellPreciseDuration(kind.high);
  }
  std::string operator()(const BytesSetting& kind) const {
    return "bytes from " + SpellBytes(kind.low) + " to " + SpellBytes(kind.high);
  }
  std::string operator()(const TextSetting& kind) const { return std::string(kind.what); }
  std::string operator()(const SecretSetting& kind) const {
    return kind.least_bytes > 1 ? "a secret of at least " + std::to_string(kind.least_bytes) + " bytes" : "a secret";
  }
  std::string operator()(const SecretListSetting& kind) const {
    return "a list of up to " + std::to_string(kind.most_secrets) + " secrets of at least " +
           std::to_string(kind.least_bytes) + " bytes";
  }
  std::string operator()(const ChoiceSetting& kind) const { return OneOf(kind.names); }
  std::string operator()(const ClientMapSetting&) const { return "a map from names to values"; }
  std::string operator()(const OtherSetting& kind) const { return std::string(kind.what); }
};

struct ValueText {
  std::string operator()(const FlagSetting& kind) const { return *kind.member ? "true" : "false"; }
  // Shows nothing for a value below the bounds: a schema id of 0 means no id.
  std::string operator()(const IntegerSetting& kind) const {
    const int64_t value = kind.get();
    return value < kind.low ? "" : std::to_string(value);
  }
  std::string operator()(const ShareSetting& kind) const { return SpellNumber(*kind.member); }
  std::string operator()(const DurationSetting& kind) const { return SpellPreciseDuration(*kind.member); }
  // Shows nothing for a value above the bounds: there is no limit.
  std::string operator()(const BytesSetting& kind) const {
    return *kind.member > kind.high ? "" : SpellBytes(*kind.member);
  }
  std::string operator()(const TextSetting& kind) const { return *kind.member; }
  std::string operator()(const SecretSetting& kind) const { return kind.member->empty() ? "" : "(a secret)"; }
  std::string operator()(const SecretListSetting& kind) const {
    const size_t count = kind.member->size();
    return count == 0 ? "" : "(" + std::to_string(count) + (count == 1 ? " secret)" : " secrets)");
  }
  std::string operator()(const ChoiceSetting& kind) const {
    const size_t index = kind.get();
    return index < kind.names.size() ? kind.names[index] : "";
  }
  std::string operator()(const ClientMapSetting& kind) const {
    std::string names;
    for (const auto& [name, value] : *kind.member) names += (names.empty() ? "" : ", ") + name;
    return names;
  }
  std::string operator()(const OtherSetting&) const { return ""; }
};

// Wraps a paragraph of a help text: lines of at most kColumns characters, the first indented by `first`, the others by
// `rest`.
std::string WrappedHelp(std::string_view text, size_t first, size_t rest) {
  std::string lines;
  size_t column = kColumns;  // so that the first word begins a line
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    size_t width = 0;
    for (const char c : word) width += (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // characters, not bytes
    if (column + 1 + width > kColumns) {
      column = lines.empty() ? first : rest;
      lines += (lines.empty() ? "" : "\n") + std::string(column, ' ');
    } else {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += width;
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return lines + "\n";
}

}  // namespace

ChoiceSetting Choice(std::vector<std::string> names, std::string* member) {
  const auto get = [names, member] { return static_cast<size_t>(std::ranges::find(names, *member) - names.begin()); };
  const auto set = [names, member](size_t index) { *member = names[index]; };
  return {std::move(names), get, set};
}

std::string DescribeKind(const Setting& setting) { return std::visit(KindText(), setting.kind); }

std::string DescribeOmission(const Setting& setting) {
  if (!setting.omitted.empty()) return std::string(setting.omitted);
  const std::string value = ShowValue(setting);
  return value.empty() ? "none" : "default " + value;
}

std::string ShowValue(const Setting& setting) { return std::visit(ValueText(), setting.kind); }

std::string SettingsHelp(std::string_view introduction, std::span<const SettingGroup> groups) {
  std::string help = WrappedHelp(introduction, 0, 0);
  for (const SettingGroup& group : groups) {
    help += Concat({"\n", group.title, "\n"});
    for (const Setting& setting : group.settings) {
      const std::string values = setting.values.empty() ? DescribeKind(setting) : std::string(setting.values);
      help += WrappedHelp(Concat({setting.name, ": ", values, "; ", DescribeOmission(setting)}), 2, 6);
      help += WrappedHelp(setting.description, 6, 6);
    }
  }
  return help;
}

std::string SettingsHelp() {
  Settings defaults;
  return SettingsHelp(
      "The settings of `leadpulse run --config FILE`. FILE is YAML; the dots below are its levels: "
      "`kafka.topics.events` is `kafka: {topics: {events: …}}`. In values, ${NAME} is what the environment has "
      "under that name, ${file:/PATH} what a file has, and $$ is a dollar. Durations: 100ms 10s 5m 2h 7d. Bytes: 64KiB "
      "256MiB 2GiB. Paths "
      "are those of the directory in which the program is started.",
      SettingGroups(&defaults));
}

}  // namespace leadpulse::config
