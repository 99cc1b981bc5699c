// The rows of an export: the run prints what it knows, and the front puts the unsubscribe links in.
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/status.h"

namespace leadpulse::serve {

// Returns the link of a lead; `address` is normalised, and empty if it has none.
using LinkOfLead = std::function<std::string(const std::string& lead, const std::string& address)>;

// Thread-safe.
class ExportRows {
 public:
  // Takes the names of the columns of an export.
  explicit ExportRows(const std::vector<std::string>& columns);

  // Returns the columns to ask the run for: the others, and those that a link is made of.
  const std::vector<std::string>& asked() const { return asked_; }

  // Returns the rows that the run has printed for these columns as `csv` or `jsonl`, with the links in their place.
  // With `has_header` the first row of a CSV names the columns. Rejected: the text has another format.
  Result<std::string> WithLinks(std::string_view format, const std::string& text, bool has_header,
                                const LinkOfLead& link) const;

 private:
  // Returns the place of a column among those to ask for, which it joins if it is missing.
  size_t PlaceOf(std::initializer_list<std::string_view> names);
  Result<std::string> RowsOfCsv(const std::string& text, bool has_header, const LinkOfLead& link) const;
  Result<std::string> RowsOfJson(const std::string& text, const LinkOfLead& link) const;

  static constexpr size_t kLink = static_cast<size_t>(-1);
  std::vector<std::string> asked_;  // as the run prints them: `score` for `lead_score`
  std::vector<size_t> places_;      // where each column of the export is among those asked for; kLink: it is the link
  bool has_links_ = false;
  size_t lead_ = 0, email_ = 0;
};

}  // namespace leadpulse::serve
