// Finds the rows of an import whose address other leads use or may not be mailed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/status.h"
#include "processor/importing/importer.h"
#include "processor/query/addresses/contact_outlook.h"
#include "state/store/lead_reader.h"
#include "tools/leadpulse/import/row_report.h"

namespace leadpulse::tools {

// The finding for a row.
struct MetAddress {
  std::string lead;      // the id of the lead that gets the row's commands; empty: it has none
  bool is_lead = false;  // it is there already
  std::string warning;   // a sentence without a full stop; empty: no other lead has the address, and it may be mailed
};

// A count of contact rows by kind of warning, in bounded memory. Used by one thread.
class AddressReport {
 public:
  // Creates a report. The store outlives it. `definitions`: those of the state.
  AddressReport(const state::LeadReader& store, std::shared_ptr<const config::Definitions> definitions,
                std::string tenant);

  // Examines a row. The rows must be those of the file, in its order; wrong ones have no warning. An error: the state
  // cannot be read.
  Result<MetAddress> Add(const importing::ImportedRow& row);
  const std::string& tenant() const { return tenant_; }
  // Returns the number of rows with a warning and of all rows, and below it a line for each kind, with lines of the
  // file and the first warning.
  std::string Describe() const;

 private:
  struct Warning {
    std::string kind;    // one of a few, for counting
    std::string detail;  // about the row
  };
  static std::vector<Warning> WarningsOf(const query::ContactOutlook& outlook, const codec::Command& command);

  const state::LeadReader& store_;
  const std::shared_ptr<const config::Definitions> definitions_;
  const std::string tenant_;
  uint64_t rows_ = 0, met_ = 0;
  KindTallies kinds_;
};

}  // namespace leadpulse::tools
