// Requests a copy of a state from another process that has it open, through files in <state>/requests. README.md
// describes the protocol ("Asking a run for a copy").
//
// The asker locks its request file while it waits, so that files of a dead asker can be recognised and removed. The
// copy is made inside the state's own directory: that is fast, because it consists of hard links, and no path has to be
// passed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "processor/base/file_descriptor.h"
#include "processor/base/status.h"
#include "state/store/lead_store.h"

namespace leadpulse::state {

// The side of the process that has the state open. `store` outlives it.
class BackupRequestHandler {
 public:
  BackupRequestHandler(const std::string& directory, LeadStore* store);

  // Answers the requests and removes files of dead askers. Returns the number of requests answered. Called by one
  // thread, after its commits and regularly if there are none. A concurrent commit of another thread is in the copy as
  // a whole or not at all. Without a request it costs one look for a directory. Never fails: errors go into the answer.
  size_t AnswerRequests();

 private:
  bool Answer(const std::string& base);

  const std::filesystem::path requests_;
  LeadStore* const store_;
};

// A request for a copy of a state. The destructor withdraws it and removes the rest of the copy. Used by one thread.
class BackupRequest {
 public:
  // Requests a backup of a state that must exist. Fatal if no file can be written into it.
  static Result<std::unique_ptr<BackupRequest>> Submit(const std::string& directory);
  ~BackupRequest();
  BackupRequest(const BackupRequest&) = delete;
  BackupRequest& operator=(const BackupRequest&) = delete;

  // Returns the path of the complete copy, which is removed with this request unless its files are moved; nullopt if
  // there is no answer yet. An error says why the other process could not make it.
  Result<std::optional<std::string>> Copy() const;

  // Makes the copy in this process. Retriable if another process has the state open. `on_damaged_log`: as in
  // RocksDbOptions.
  Status MakeCopy(const std::function<void(const std::string& warning)>& on_damaged_log = nullptr) const;

 private:
  BackupRequest(std::string directory, std::string base, FileDescriptor file)
      : directory_(std::move(directory)), base_(std::move(base)), file_(std::move(file)) {}

  const std::string directory_;
  const std::string base_;  // path of its files without their endings
  const FileDescriptor file_;
};

}  // namespace leadpulse::state
