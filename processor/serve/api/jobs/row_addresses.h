// The addresses and ids that rows of an import give to contacts. A row is wrong if another contact has its address, as
// a write of one contact is refused (writes/address_check.h), unless the import says `shared: true`; and if no new
// contact may have its id (request/contact_body.h).
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/status.h"
#include "processor/importing/importer.h"
#include "processor/importing/row_reader.h"
#include "processor/serve/runs/run_client.h"
#include "schemas/codec/records.h"

namespace leadpulse::serve {

// Limits of one question to the run, which takes 1 MiB. The run is not asked about a row longer than that.
inline constexpr size_t kQuestionBytes = 512 << 10;
inline constexpr int kQuestionRows = 500;

// Returns the line about which the run is asked: the contact's, or for an event that of its contact.
std::string QuestionOf(const importing::ImportedRow& row);

// Asks the run about rows, whose outlooks come in the same order. Retriable if it does not answer for all.
Result<v1::ContactOutlooks> AskAboutRows(const v1::PreviewContacts& question, RunClient* run);

// The addresses of the rows so far.
class RowAddresses {
 public:
  // Makes a check by which no address is wrong if `may_share`.
  explicit RowAddresses(bool may_share) : may_share_(may_share) {}

  // Returns why the row is wrong; nullopt: it is not. `first` is its first record, `outlook` the run's answer. Call it
  // for the rows in their order, because an earlier row of another contact may have the address.
  std::optional<importing::WrongRow> Check(const codec::Record& first, const v1::ContactOutlook& outlook);

 private:
  const bool may_share_;
  std::map<std::string, std::string> contacts_;  // by the address that they get
};

}  // namespace leadpulse::serve
