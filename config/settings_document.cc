#include "config/settings_document.h"

#include <algorithm>
#include <utility>

#include "config/setting_texts.h"
#include "processor/base/text.h"

namespace leadpulse::config {
namespace {

// Removes the name of an anchor from the message: yaml-cpp quotes the name of a missing one, and in `password:
// *hunter2` that is the password.
std::string WithoutAnchor(const std::string& message) {
  constexpr std::string_view kUnknownAnchor = "the referenced anchor is not defined";
  const size_t at = message.find(kUnknownAnchor);
  if (at == std::string::npos) return message;
  return message.substr(0, at + kUnknownAnchor.size()) + "; a text that begins with * stands in quotes";
}

bool IsOneOf(std::string_view key, const std::vector<std::string>& known) {
  return std::ranges::find(known, key) != known.end();
}

// Reports an unknown key. In `{password:hunter2}` the whole string is the key, so the part behind the colon is not
// shown.
void ReportUnknown(const YamlEntry& entry, const std::string& group, const std::vector<std::string>& known) {
  const size_t colon = entry.key.find(':');
  if (colon == std::string::npos) return entry.KeyError(UnknownKey(entry.key, known));
  const std::string key = entry.key.substr(0, colon);
  entry.value.log().Error(entry.key_offset, group,
                          IsOneOf(key, known) ? "a space is missing behind `" + key + ":`" : UnknownKey(key, known));
}

bool IsVariableName(std::string_view name) {
  return !name.empty() && !IsDigit(name.front()) && IsAlphanumeric(name, "_");
}

}  // namespace

void ReadSettingsDocument(std::string_view yaml, std::string_view help, ProblemLog* log,
                          const std::function<void(const YamlNode& root)>& load) {
  if (yaml.size() > kMaxSettingsBytes) {
    return log->Error(std::nullopt, "", "the file is larger than 1 MiB, so it is no settings file");
  }
  const YamlTree tree = ParseYaml(yaml);
  for (const YamlFault& fault : tree.faults) log->Error(fault.offset, "", WithoutAnchor(fault.message));
  if (tree.root) {
    load(*tree.root);
  } else if (!log->has_errors()) {
    log->Error(std::nullopt, "", "the file is empty; " + std::string(help));
  }
}

bool HasKind(const YamlValue& value, YamlKind kind, const std::string& what) {
  if (value.node().kind == kind) return true;
  value.Error("expected " + what + ", found " + std::string(KindName(value.node().kind)));
  return false;
}

std::optional<std::vector<YamlEntry>> KnownSettings(const YamlValue& group, const std::vector<std::string>& known) {
  if (!HasKind(group, YamlKind::kMap, "a map with some of the keys " + OneOf(known))) return std::nullopt;
  std::optional<std::vector<YamlEntry>> entries = group.Entries("a map");
  std::erase_if(*entries, [&](const YamlEntry& entry) {
    const bool is_known = IsOneOf(entry.key, known);
    if (!is_known) ReportUnknown(entry, group.path(), known);
    return !is_known || entry.value.IsNull();
  });
  return entries;
}

std::optional<Expanded> Expand(const YamlValue& value, const Environment& environment) {
  const std::string_view text = value.node().text;
  Expanded expanded;
  bool good = true;
  const auto fail = [&](size_t at, const std::string& message) {
    value.log().Error(value.log().source().OffsetInScalar(value.node(), at), value.path(), message);
    good = false;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (rest[0] != '$') {
      expanded.text += rest[0];
    } else if (rest.starts_with("$$")) {
      expanded.text += '$';
      ++i;
    } else if (const size_t end = rest.find('}');
               rest.starts_with("${") && end != std::string_view::npos && IsVariableName(rest.substr(2, end - 2))) {
      const std::string name(rest.substr(2, end - 2));
      const std::optional<std::string> inserted = environment(name);
      if (!inserted) fail(i, "the environment variable " + name + " is not set");
      expanded.text += inserted.value_or("");
      expanded.from_environment = true;
      i += end;
    } else {
      // The text behind it may be a password, so it is not quoted.
      fail(i, "write `${NAME}` for an environment variable, and `$$` for a dollar");
    }
  }
  return good ? std::optional(std::move(expanded)) : std::nullopt;
}

bool Misfit(const YamlValue& value, const std::string& what) {
  value.Error("expected " + what + ", found " + Quoted(value.node().text));
  return false;
}

bool ReadExpanded(const YamlValue& value, const Environment& environment, std::string_view what, bool secret,
                  const std::function<bool(const YamlValue&)>& read) {
  if (!HasKind(value, YamlKind::kScalar, std::string(what))) return false;
  const std::optional<Expanded> expanded = Expand(value, environment);
  if (!expanded) return false;
  YamlNode node = value.node();
  node.text = expanded->text;
  node.plain = node.plain || expanded->from_environment;  // `"${WORKERS}"` is a number if the variable is
  if (!secret && !expanded->from_environment) {
    return read(YamlValue(&node, value.offset(), value.path(), &value.log()));
  }
  // Reports about these values quote them, so they are dropped.
  ProblemLog unseen(&value.log().source());
  if (read(YamlValue(&node, value.offset(), value.path(), &unseen))) return true;
  // A secret's text in the file is not shown either: a password may stand beside its `${NAME}`.
  value.Error("expected " + std::string(what) +
              (secret ? "; what stands here is not shown, for it is a secret"
                      : "; what the environment has for " + Quoted(value.node().text) + " is something else"));
  return false;
}

std::optional<SettingsGroup> SettingsGroup::Open(const YamlValue& value, const std::vector<std::string>& known,
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

// Reads a secret. A key may be written as in its PEM file, on several lines.
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
