// How one process asks another, which has the state open, for a copy of it: through files in <state>/requests. The
// protocol is described in README.md, "Asking a run for a copy".
//
// Whoever asks holds a lock on its request file for as long as it waits, so that what a dead one left can be told and
// removed. The copy is made within the state's own directory: quickly, for its files are shared, and with no path of
// the one to be understood by the other.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "processor/base/status.h"
#include "state/store/backup_request_handler.h"
#include "state/store/lead_store.h"

namespace leadpulse::state {

// For the process that has the state open. Also removes what dead askers left. `store` outlives it.
std::unique_ptr<BackupRequestHandler> MakeBackupRequestHandler(const std::string& directory, LeadStore* store);

// A request for a copy of a state. Destroyed, it is withdrawn, and what is left of the copy removed. One thread.
class BackupRequest {
 public:
  // The state must be there. Fatal where no file can be written into it.
  static Result<std::unique_ptr<BackupRequest>> Place(const std::string& directory);
  ~BackupRequest();
  BackupRequest(const BackupRequest&) = delete;
  BackupRequest& operator=(const BackupRequest&) = delete;

  // Where the copy is, once it is whole; it goes with this request unless its files are moved elsewhere. Nothing: no
  // answer yet. An error: the other process could not make it, and why.
  Result<std::optional<std::string>> Copy() const;

  // Makes the copy here, where no other process has the state open. Retriable: one has. `on_damaged_log`: as in
  // RocksDbOptions.
  Status MakeCopy(const std::function<void(const std::string& warning)>& on_damaged_log = nullptr) const;

 private:
  BackupRequest(std::string directory, std::string base, int descriptor);

  const std::string directory_;
  const std::string base_;  // path of its files without their endings
  const int descriptor_;
};

}  // namespace leadpulse::state
