// The file of an import and the state that it is compared with, open to be read.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/definitions.h"
#include "processor/base/status.h"
#include "processor/importing/importer.h"
#include "state/store/lead_store.h"
#include "tools/leadpulse/import/address_report.h"
#include "tools/leadpulse/import/import_options.h"

namespace leadpulse::tools {

// Returns the file's name in messages.
std::string NameOfFile(const ImportLine& line);

// Opens an importer at the first row of the file. An error without a message has already been printed; Rejected: wrong
// usage.
Result<std::unique_ptr<importing::Importer>> OpenImporter(const ImportLine& line, const ImportSetup& setup);

// A state, and its facts about addresses.
struct StateOfImport {
  std::unique_ptr<state::LeadStore> store;  // null: no state is given
  std::shared_ptr<const config::Definitions> definitions;
  std::optional<AddressReport> addresses;  // nullopt: no state, or the rows are not contacts
};

// Opens the state of the line, if it names one.
Result<StateOfImport> OpenState(const ImportLine& line, const importing::ImportOptions& options);

// Reads the next row, without what the options leave out because of its lead. `met`, if there is a state: what the
// state knows about the row's address. Null at the end.
Result<const importing::ImportedRow*> NextRow(importing::Importer* importer, StateOfImport* state, MetAddress* met);

}  // namespace leadpulse::tools
