#include "processor/csv/name_list.h"

#include <algorithm>

#include "processor/base/text.h"

namespace leadpulse::csv {
namespace {

bool NeedsQuotes(std::string_view name) {
  return name.starts_with('"') || name.find_first_of(",;") != std::string_view::npos || TrimAsciiSpace(name) != name;
}

std::string InQuotes(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

std::string WithoutQuotes(std::string_view quoted) {
  std::string name;
  for (size_t i = 1; i + 1 < quoted.size(); ++i) {
    name += quoted[i];
    const bool is_doubled = quoted[i] == '"' && quoted[i + 1] == '"' && i + 2 < quoted.size();
    if (is_doubled) ++i;
  }
  return name;
}

// Returns the end of the first name: the next separator; for a name in quotes, the next one after they close. Sets
// `may_close` to false if they do not, so that later names do not search the whole cell for one.
size_t FirstNameEnd(std::string_view names, char separator, bool* may_close) {
  if (*may_close && names.starts_with('"')) {
    for (size_t quote = names.find('"', 1); quote != std::string_view::npos; quote = names.find('"', quote + 1)) {
      const size_t next = std::min(names.find_first_not_of(' ', quote + 1), names.size());
      if (next == names.size() || names[next] == separator) return next;
      if (names[quote + 1] == '"') ++quote;
    }
    *may_close = false;
  }
  return std::min(names.find(separator), names.size());
}

}  // namespace

std::string JoinNames(const std::vector<std::string>& names) {
  std::string cell;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) cell += ';';
    cell += NeedsQuotes(names[i]) ? InQuotes(names[i]) : names[i];
  }
  return cell;
}

std::vector<std::string> SplitNames(std::string_view cell) {
  const char separator = cell.find(';') != std::string_view::npos ? ';' : ',';
  std::vector<std::string> names;
  bool may_close = true;
  while (!cell.empty()) {
    const size_t end = FirstNameEnd(cell, separator, &may_close);
    const std::string_view name = TrimAsciiSpace(cell.substr(0, end));
    const bool is_quoted = name.size() >= 2 && name.front() == '"' && name.back() == '"';
    if (!name.empty()) names.push_back(is_quoted ? WithoutQuotes(name) : std::string(name));
    if (!names.empty() && names.back().empty()) names.pop_back();
    cell = TrimAsciiSpace(cell.substr(std::min(end + 1, cell.size())));
  }
  return names;
}

}  // namespace leadpulse::csv
