// The text file in a backup that says what it is: when it was made, of which state, and of which files. README.md of
// state/ has an example.
#pragma once

#include <string>
#include <vector>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "state/store/state_rows.h"

namespace leadpulse::maintenance {

inline constexpr char kManifestFile[] = "leadpulse-backup.txt";

// The lines on the state: format, commit, clock, partitions; of a run on files the lengths of its outputs and the
// positions in its inputs, of the live mode how far each partition has come. Equal states give equal lines. Fatal where
// they cannot be read.
Result<std::string> DescribeState(const state::StateRows& rows);

// The names of all files in it but the manifest, ascending.
Result<std::vector<std::string>> FilesOfBackup(const std::string& directory);

// Writes the manifest of the state in `directory`, durably.
Status WriteManifest(const std::string& directory, Instant made_at, const state::StateRows& rows);

// Rejected where the directory has no manifest, or one of another form, or its files are not those of the manifest:
// sizes are compared, not bytes. Returns the lines on the state.
Result<std::string> ReadManifest(const std::string& directory);

}  // namespace leadpulse::maintenance
