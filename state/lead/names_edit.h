// Which attributes, tags, lists or campaigns a command changed: what an edit of the timeline keeps of it. Values of
// attributes are personal data and may be long, so that only their names are kept.
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

// In the order of their keys. An attribute changed if it reads as another value (Attribute::converted).
NamesEdit NamesEditOf(const NameSet& before, const NameSet& after);
NamesEdit NamesEditOf(const std::map<std::string, Attribute, std::less<>>& before,
                      const std::map<std::string, Attribute, std::less<>>& after);

// ProfileEdit::value: a line for each name, `+vip` or `-cold`; empty if nothing changed. A line break in a name becomes
// a space. A text of more than kMaxNamesEditBytes is cut between two characters and ends with `…`.
std::string WriteNamesEdit(const NamesEdit& edit);
// Skips lines of another form.
NamesEdit ReadNamesEdit(std::string_view text);

}  // namespace leadpulse::state
