#include "config/settings_document.h"

#include <algorithm>

namespace leadpulse::config {
namespace {

// yaml-cpp quotes the name of an anchor that is not there: in `password: *hunter2` that is the password.
std::string WithoutAnchor(const std::string& message) {
  constexpr std::string_view kUnknownAnchor = "the referenced anchor is not defined";
  const size_t at = message.find(kUnknownAnchor);
  if (at == std::string::npos) return message;
  return message.substr(0, at + kUnknownAnchor.size()) + "; a text that begins with * stands in quotes";
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

void ReportUnknownSetting(const YamlEntry& entry, const std::string& group, std::span<const std::string> known) {
  const size_t colon = entry.key.find(':');
  if (colon == std::string::npos) return entry.KeyError(UnknownKey(entry.key, known));
  const std::string key = entry.key.substr(0, colon);
  const bool is_known = std::find(known.begin(), known.end(), key) != known.end();
  entry.value.log().Error(entry.key_offset, group,
                          is_known ? "a space is missing behind `" + key + ":`" : UnknownKey(key, known));
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

}  // namespace leadpulse::config
