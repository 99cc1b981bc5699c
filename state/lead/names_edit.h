// The attributes, tags, lists or campaigns that a command changed, as an edit of the timeline keeps them. Values of
// attributes are personal data and may be long, so only their names are kept.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "state/lead/profile.h"

namespace leadpulse::state {

struct NamesEdit {
  std::vector<std::string> added;  // or set to another value
  std::vector<std::string> removed;
  friend bool operator==(const NamesEdit&, const NamesEdit&) = default;
};

inline constexpr size_t kMaxNamesEditBytes = 256;

// Returns ProfileEdit::value: a line for each name that changed, `+vip` or `-cold`; empty if nothing changed. An
// attribute changed if outputs show another value (Attribute::shown). A line break in a name becomes a space. A string
// of more than kMaxNamesEditBytes is cut between two characters and ends with `…`.
std::string WriteNamesEdit(const NameSet& before, const NameSet& after);
// Returns the same for the attributes with these names, ascending and each once.
std::string WriteNamesEdit(const std::vector<std::string>& names,
                           const std::map<std::string, Attribute, std::less<>>& before,
                           const std::map<std::string, Attribute, std::less<>>& after);
// Reads ProfileEdit::value. Skips lines of another form.
NamesEdit ReadNamesEdit(std::string_view text);

}  // namespace leadpulse::state
