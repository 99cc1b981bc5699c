// The words in columns about mail that are not known: whether they mean that people get no mail is asked. Used by one
// thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "processor/importing/problem.h"
#include "processor/importing/suppressions.h"

namespace leadpulse::importing {

// In `--value COLUMN:*=OURS`: all words that are not known, if the column is about mail.
inline constexpr std::string_view kUnknownWords = "*";

class StatusWords {
 public:
  // Adds a cell that is trimmed and not empty. `name`: of the column, or of a member of JSON in it. A number is no
  // word.
  void Add(StatusColumn status, const std::string& name, std::string_view cell);

  // Returns the question what the unknown words of the column mean; nullopt: there are none. A column `status` that may
  // be about something else is asked about only if other cells are about mail, or none is about anything else.
  std::optional<Problem> Ask(const std::string& column) const;

 private:
  struct Words {
    std::map<std::string, uint64_t, std::less<>> unknown;  // the first few, with the number of cells
    bool are_about_mail = false;
    bool are_mixed = false;  // some say nothing about mail
  };

  StatusMemo memo_;
  std::map<std::string, Words> words_;  // by name, the first few
};

}  // namespace leadpulse::importing
