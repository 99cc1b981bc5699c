// The manifest: the text file in a backup that says when it was made, from which state, and which files it has.
// state/README.md has an example.
#pragma once

#include <string>
#include <vector>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "state/store/state_rows.h"

namespace leadpulse::maintenance {

inline constexpr char kManifestFile[] = "leadpulse-backup.txt";

// Returns the manifest's lines about the state: format, commit, clock, partitions; for a run on files also the lengths
// of its outputs and the positions in its inputs, for the live mode the position of each partition. Equal states give
// equal lines. Fatal: the rows cannot be read.
Result<std::string> DescribeState(const state::StateRows& rows);

// Returns the names of all files except the manifest, ascending.
Result<std::vector<std::string>> FilesOfBackup(const std::string& directory);

// Writes the manifest of the state in `directory`, durably.
Status WriteManifest(const std::string& directory, Instant made_at, const state::StateRows& rows);

// Returns the lines about the state. Rejected: the directory has no manifest or one of another form, or its files
// differ from the manifest in name or size. Bytes are not compared.
Result<std::string> ReadManifest(const std::string& directory);

}  // namespace leadpulse::maintenance
