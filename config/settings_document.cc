#include "config/settings_document.h"

#include <algorithm>

#include "processor/base/text.h"

namespace leadpulse::config {
namespace {

// yaml-cpp quotes the name of an anchor that is not there: in `password: *hunter2` that is the password.
std::string WithoutAnchor(const std::string& message) {
  constexpr std::string_view kUnknownAnchor = "the referenced anchor is not defined";
  const size_t at = message.find(kUnknownAnchor);
  if (at == std::string::npos) return message;
  return message.substr(0, at + kUnknownAnchor.size()) + "; a text that begins with * stands in quotes";
}

bool IsOneOf(std::string_view key, const std::vector<std::string>& known) {
  return std::ranges::find(known, key) != known.end();
}

// In `{password:hunter2}` the whole text is the key, so the part behind the colon is not shown.
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

// `name` stood at `at` between braces.
void PutIn(const std::string& name, size_t at, const Environment& environment, Substitution* substitution) {
  const std::optional<std::string> value = environment(name);
  if (!value) {
    substitution->faults.push_back({at, "the environment variable " + name + " is not set"});
    return;
  }
  substitution->from_environment = true;
  substitution->text += *value;
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

std::optional<Substitution> Expand(const YamlValue& value, const Environment& environment) {
  Substitution substitution = Substitute(value.node().text, environment);
  for (const SubstitutionFault& fault : substitution.faults) {
    value.log().Error(value.log().source().OffsetInScalar(value.node(), fault.at), value.path(), fault.message);
  }
  if (!substitution.faults.empty()) return std::nullopt;
  return substitution;
}

bool Misfit(const YamlValue& value, const std::string& what) {
  value.Error("expected " + what + ", found " + Quoted(value.node().text));
  return false;
}

bool ReadExpanded(const YamlValue& value, const Environment& environment, std::string_view what, bool secret,
                  const std::function<bool(const YamlValue&)>& read) {
  if (!HasKind(value, YamlKind::kScalar, std::string(what))) return false;
  const std::optional<Substitution> substitution = Expand(value, environment);
  if (!substitution) return false;
  YamlNode node = value.node();
  node.text = substitution->text;
  node.plain = node.plain || substitution->from_environment;  // `"${WORKERS}"` is a number if the variable is
  if (!secret && !substitution->from_environment) {
    return read(YamlValue(&node, value.offset(), value.path(), &value.log()));
  }
  // Reports about these values quote them, so they are dropped.
  ProblemLog unseen(&value.log().source());
  if (read(YamlValue(&node, value.offset(), value.path(), &unseen))) return true;
  // Not even the text in the file is shown for a secret: a password may stand beside its `${NAME}`.
  value.Error("expected " + std::string(what) +
              (secret ? "; what stands here is not shown, for it is a secret"
                      : "; what the environment has for " + Quoted(value.node().text) + " is something else"));
  return false;
}

Substitution Substitute(std::string_view text, const Environment& environment) {
  Substitution substitution;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$') {
      substitution.text += text[i];
    } else if (text.substr(i).starts_with("$$")) {
      substitution.text += '$';
      ++i;
    } else if (const size_t end = text.find('}', i); text.substr(i).starts_with("${") &&
                                                     end != std::string_view::npos &&
                                                     IsVariableName(text.substr(i + 2, end - i - 2))) {
      PutIn(std::string(text.substr(i + 2, end - i - 2)), i, environment, &substitution);
      i = end;
    } else {
      // The text behind it may be a password, so it is not quoted.
      substitution.faults.push_back({i, "write `${NAME}` for an environment variable, and `$$` for a dollar"});
    }
  }
  return substitution;
}

}  // namespace leadpulse::config
