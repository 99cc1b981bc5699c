// Finds the encoding of a whole file. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "processor/csv/utf8_input.h"

namespace leadpulse::csv {

// What a file may be.
struct EncodingGuess {
  std::optional<Encoding> encoding;  // nullopt: one of the choices, which only the user knows
  struct Choice {
    std::string encoding;  // its name
    std::string sample;    // words of the file, read so; empty: there are no short ones
  };
  std::vector<Choice> choices;  // one for each way to read the words of the file, the most likely first
};

// Reads the file to its end. It is UTF-8 if there are more characters of UTF-8 than bytes that do not fit: single
// damaged rows do not turn a file. Other encodings are never chosen, except by the beginning: most of them fit any
// bytes. A file that cannot be read to its end is judged by what can be read. Memory is bounded.
EncodingGuess GuessEncoding(const ReadBytes& read);

// Whether the file is UTF-8 and not in the encoding that somebody says. It has the byte order mark, or it has
// characters beyond ASCII and all of them fit UTF-8: hardly any text in another encoding does, except for a few
// characters in one with several bytes a character. Reads the file to its end.
bool IsUtf8Instead(const ReadBytes& read, const Encoding& said);

}  // namespace leadpulse::csv
