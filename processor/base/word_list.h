// Words in one string, separated by spaces: the form of tables of words. Thread-safe.
#pragma once

#include <string_view>

namespace leadpulse {

// Whether `word` is one of the words.
inline bool HasWord(std::string_view words, std::string_view word) {
  for (size_t at = words.find(word); at != std::string_view::npos && !word.empty(); at = words.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || words[at - 1] == ' ') && (end == words.size() || words[end] == ' ')) return true;
  }
  return false;
}

}  // namespace leadpulse
