#include "processor/query/diff/definitions_difference.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "config/definitions_loader.h"
#include "processor/base/text.h"

namespace leadpulse::query {
namespace {

// A plain or a quoted key, as the definitions are shown.
std::string Unquoted(std::string_view key) {
  if (key.size() >= 2 && (key.front() == '\'' || key.front() == '"')) key = key.substr(1, key.size() - 2);
  return std::string(key);
}

// No key that is asked for holds a colon: a tenant, or the name of a section.
std::string KeyOf(std::string_view line) { return Unquoted(TrimAsciiSpace(line.substr(0, line.find(':')))); }

// The lines of each part, by its name: a tenant's sections, and each of its segments.
std::map<std::string, std::string> PartsOf(const config::Definitions& definitions) {
  constexpr std::string_view kSegmentBegins = "      - id: ";  // two spaces a level: tenants, tenant, segments
  std::map<std::string, std::string> parts;
  std::string tenant;
  std::string section;
  std::string* part = nullptr;
  const std::string shown = config::ShowDefinitions(definitions);
  for (std::string_view rest = shown; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const size_t indent = line.find_first_not_of(' ');
    if (indent == 2) {
      tenant = KeyOf(line);
    } else if (indent == 4) {
      section = KeyOf(line);
      part = &parts[Concat({tenant, ": ", section})];
    } else if (section == "segments" && line.starts_with(kSegmentBegins)) {
      part = &parts[Concat({tenant, ": segment ", Unquoted(line.substr(kSegmentBegins.size()))})];
    }
    // The heading of the segments itself says nothing.
    if (part != nullptr && !(indent == 4 && section == "segments")) AppendParts({line, "\n"}, part);
  }
  return parts;
}

}  // namespace

DefinitionsDifference CompareDefinitions(const config::Definitions& left, const config::Definitions& right) {
  DefinitionsDifference difference;
  difference.same_text = left.version == right.version;
  if (difference.same_text) return difference;
  const std::map<std::string, std::string> of_left = PartsOf(left);
  const std::map<std::string, std::string> of_right = PartsOf(right);
  for (const auto& [name, text] : of_left) {
    const auto found = of_right.find(name);
    if (found == of_right.end()) {
      difference.only_left.push_back(name);
    } else if (found->second != text) {
      difference.changed.push_back(name);
    }
  }
  for (const auto& [name, text] : of_right) {
    if (!of_left.contains(name)) difference.only_right.push_back(name);
  }
  return difference;
}

}  // namespace leadpulse::query
