// What an import would read, in words.
#pragma once

#include "processor/base/status.h"
#include "processor/importing/importer.h"
#include "tools/leadpulse/import/import_options.h"

namespace leadpulse::tools {

// Shows how the file will be read, and how its rows would change the leads of the state, if there is one. Reads the
// file to its end.
Result<int> PreviewImport(const ImportLine& line, const ImportSetup& setup, importing::Importer* importer);

}  // namespace leadpulse::tools
