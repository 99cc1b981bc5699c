// Attributes as a command line says them: `name=value`, or `name:=JSON`.
#pragma once

#include <string>
#include <vector>

#include "processor/base/status.h"
#include "processor/base/value.h"
#include "schemas/codec/records.h"

namespace leadpulse::tools {

// A JSON number, `true` or `false` is one; any other text is itself, quotes included. Digits that a double cannot hold,
// as those of a long customer number, stay text, and so does what JSON does not take for a number (`007`, `+49`).
Value ValueOfWord(const std::string& word);

// Behind the first `=`: `name=value` by ValueOfWord, `name:=JSON` as the JSON says. Rejected, with a sentence that
// repeats the word: none of the two, no name, no JSON, or one name twice, as attributes compare theirs.
Result<codec::NamedValues> ParseAttributes(const std::vector<std::string>& words);

}  // namespace leadpulse::tools
