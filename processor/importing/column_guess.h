// Guesses what a column is by its name alone. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "processor/importing/columns.h"
#include "processor/importing/import_options.h"
#include "processor/importing/synonyms.h"

namespace leadpulse::importing {

class ColumnGuess {
 public:
  // Prepares to guess. The options outlive this. `is_sendgrid`: the file is SendGrid's Email Activity.
  ColumnGuess(const ImportOptions& options, bool is_sendgrid) : options_(options), is_sendgrid_(is_sendgrid) {}

  // Sets the meaning of the column by its name: an own column, one that other systems have, or as OfUnknown.
  // `has_lead`: another column is the lead's id.
  void Of(Column* column, bool has_lead) const;

  // Makes the column what one is whose name is not known.
  void OfUnknown(Column* column) const;

  // Returns the attribute or property whose declared name has the same simplified form; empty if none.
  std::string DeclaredName(std::string_view simplified) const;

 private:
  void OfOwn(Column* column, bool has_lead) const;
  // Makes the column of a contact the declared field whose name has the same sense, if it is no declared field.
  void TakeSense(Column* column) const;
  std::optional<Known> Find(std::string_view header) const;
  std::string PropertyName(const Column& column) const;

  const ImportOptions& options_;
  bool is_sendgrid_;
};

}  // namespace leadpulse::importing
