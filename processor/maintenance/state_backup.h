// Backs up a state, even while a run uses it, and restores a state from a backup.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/maintenance/state_examination.h"
#include "state/store/state_rows.h"

namespace leadpulse::maintenance {

struct BackupOptions {
  std::string state;
  std::string target;  // missing, or an empty directory
  // How long to wait for the run that has the state open.
  std::chrono::milliseconds timeout = std::chrono::seconds(60);
  // As in state::RocksDbOptions; used if no run has the state open. May be null.
  std::function<void(const std::string& warning)> on_damaged_log = nullptr;
};

// Copies `state` to `target`. After a kill at any moment, `target` is complete or unchanged. Rejected: `state` is
// missing or a backup, or `target` is not empty. Retriable: the run did not answer in time. Fatal: the copy could not
// be made, or cannot be opened.
Status BackUpState(const BackupOptions& options, const Clock& clock);

// Whether BackUpState made the directory and no process has opened it to write since. A backup that a process has
// written to is a state.
bool IsBackup(const std::string& directory);

// Checks that the manifest of a backup fits its files and `rows`, its rows. Rejected: it does not, or is missing.
Status CheckManifest(const std::string& directory, const state::StateRows& rows);

struct RestoreOptions {
  std::string state;  // missing, or an empty directory
  std::string backup;
  bool check = true;  // reads every row of the backup before anything is copied
};

// Restores `state` from `backup`. After a kill at any moment, `state` is complete or unchanged. `backup` does not
// change and shares no files with the new state. Calls `sink` for each problem of the backup. Rejected: `state` is not
// empty, or `backup` is not a backup or has problems.
Status RestoreState(const RestoreOptions& options, const ProblemSink& sink);

}  // namespace leadpulse::maintenance
