// The unknown words in columns about mail. The plan names them, with the option that says that people get no mail. Used
// by one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "processor/importing/cell_form.h"
#include "processor/importing/suppressions.h"

namespace leadpulse::importing {

// In `--value COLUMN:*=OURS`: all words that are not known, if the column is about mail.
inline constexpr std::string_view kUnknownWords = "*";

class StatusWords {
 public:
  // Adds a cell that is trimmed and not empty, and what it says about mail. `name`: of the column, or of a member of
  // JSON in it. A number of more than two digits is no word.
  void Add(StatusColumn status, const std::string& name, std::string_view cell, const Suppression& said);

  // Returns the unknown words of the column, as an offer; nullopt: there are none. Those of a column `status` that may
  // be about something else count only if other cells are about mail, or none is about anything else.
  std::optional<Finding> Offer(const std::string& column) const;

 private:
  struct Words {
    StatusColumn status = StatusColumn::kNone;
    std::map<std::string, uint64_t, std::less<>> unknown;  // the first few, with the number of cells
    bool are_about_mail = false;
    bool are_mixed = false;  // some say nothing about mail
  };

  std::map<std::string, Words> words_;  // by name, the first few
};

}  // namespace leadpulse::importing
