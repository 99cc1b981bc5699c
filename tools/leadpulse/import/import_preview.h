// `leadpulse import --preview`: how a file will be read, and what its rows would do to the leads of a state.
#pragma once

#include <string>

#include "processor/base/status.h"
#include "processor/importing/importer.h"
#include "state/store/lead_store.h"
#include "tools/leadpulse/import/address_report.h"

namespace leadpulse::tools {

// Reads the file to its end, prints the preview and returns an exit code. `name`: the file's, for messages. `store` may
// be null: nothing is said of leads. `addresses` may be null: nothing is said of addresses. An error: the state cannot
// be read.
Result<int> PreviewImport(const std::string& name, const importing::ImportOptions& options,
                          importing::Importer* importer, const state::LeadStore* store, AddressReport* addresses);

}  // namespace leadpulse::tools
