// A copy of a state to keep, made also while a run is going on, and a state made from such a copy.
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
  // How long to wait for a run that has the state open.
  std::chrono::milliseconds timeout = std::chrono::seconds(60);
  // May be null; as in state::RocksDbOptions, where no run has the state open.
  std::function<void(const std::string& warning)> on_damaged_log = nullptr;
};

// `target` is whole or as it was, at whatever moment the process ends. Rejected: no state but a backup or nothing, or
// `target` is taken.
// Retriable: the run did not answer in time. Fatal: the copy could not be made, or cannot be opened.
Status BackUpState(const BackupOptions& options, const Clock& clock);

// Whether the directory is what BackUpState made, and nothing has opened it to write since. A copy of a backup that a
// process went on from is a state.
bool IsBackup(const std::string& directory);

// What is asked of a backup before any row of it is restored: that the manifest is that of its files and of `rows`,
// which are its own. Rejected: it is not, or there is none.
Status CheckManifest(const std::string& directory, const state::StateRows& rows);

struct RestoreOptions {
  std::string state;  // missing, or an empty directory
  std::string backup;
  bool check = true;  // reads every row of the backup before anything is copied
};

// `state` is whole or as it was, at whatever moment the process ends; `backup` stays as it is, and shares nothing with
// the new state. `sink` is told what is wrong with the backup. Rejected: `state` is taken, `backup` is none, or is not
// sound.
Status RestoreState(const RestoreOptions& options, const ProblemSink& sink);

}  // namespace leadpulse::maintenance
