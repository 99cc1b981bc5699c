#include "config/expanded_scalar.h"

#include <string>

namespace leadpulse::config {

std::string_view KindName(YamlKind kind) {
  switch (kind) {
    case YamlKind::kNull:
      return "nothing";
    case YamlKind::kScalar:
      return "a text";
    case YamlKind::kList:
      return "a list";
    case YamlKind::kMap:
      break;
  }
  return "a map";
}

std::optional<Substitution> Expand(const YamlValue& value, const Environment& environment) {
  Substitution substitution = Substitute(value.node().text, environment);
  for (const SubstitutionFault& fault : substitution.faults) {
    value.log().Error(value.log().source().OffsetInScalar(value.node(), fault.at), value.path(), fault.message);
  }
  if (!substitution.faults.empty()) return std::nullopt;
  return substitution;
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
  // What is said of these quotes them, so it is said to nobody.
  ProblemLog unseen(&value.log().source());
  if (read(YamlValue(&node, value.offset(), value.path(), &unseen))) return true;
  // Of a secret not even the text in the file: a password may stand beside its `${NAME}`.
  value.Error("expected " + std::string(what) +
              (secret ? "; what stands here is not shown, for it is a secret"
                      : "; what the environment has for " + Quoted(value.node().text) + " is something else"));
  return false;
}

}  // namespace leadpulse::config
