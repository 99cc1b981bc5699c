// Parses attributes on a command line: `name=value`, or `name:=JSON`.
#pragma once

#include <string>
#include <vector>

#include "processor/base/status.h"
#include "processor/base/value.h"
#include "schemas/codec/records.h"

namespace leadpulse::tools {

// Returns the value of a word. A JSON number, `true` or `false` has its type; anything else is a string, including its
// quotes. A number out of bounds stays a string, and so do `007` and `+49`, which are not JSON.
Value ValueOfWord(const std::string& word);

// Splits at the first `=`: `name=value` by ValueOfWord, `name:=JSON` as JSON. Rejected if a word has
// another form, no name or wrong JSON, or a name is given twice; the message repeats the word.
Result<codec::NamedValues> ParseAttributes(const std::vector<std::string>& words);

}  // namespace leadpulse::tools
