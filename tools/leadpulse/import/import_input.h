// The bytes of a file that is imported, decompressed on the way where its name ends with .gz or .zst.
#pragma once

#include <memory>
#include <string>

#include "processor/base/status.h"
#include "processor/csv/byte_input.h"

namespace leadpulse::tools {

// `-` is standard input, as it is. Rejected, with a sentence that names it: it cannot be opened. What is corrupt, or
// ends early, its Read says, behind all that is good.
Result<std::unique_ptr<csv::ByteInput>> OpenImportFile(const std::string& path);

}  // namespace leadpulse::tools
