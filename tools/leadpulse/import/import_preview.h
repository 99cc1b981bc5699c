// What `leadpulse import --preview` says: the file as it will be read.
#pragma once

#include <string>

#include "processor/importing/importer.h"
#include "state/store/lead_store.h"

namespace leadpulse::tools {

// Reads the file to its end. `store`: null where no state is given. An ExitCode.
Result<int> PreviewImport(const std::string& name, const importing::ImportOptions& options,
                          importing::Importer* importer, const state::LeadStore* store);

}  // namespace leadpulse::tools
