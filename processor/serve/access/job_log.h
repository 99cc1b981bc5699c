// Jobs: work that takes longer than a request, such as a change of many leads. The database has the progress of each,
// so that it goes on after a kill.
//
// One worker does the jobs and calls everything but Add, Find, List and Cancel. It works in pages. Before it writes the
// commands of a page, StartPage stores which leads they are about, with their lines of the audit log. Store counts the
// page once the outcomes are known. A page that a kill has cut off is written again with the same ids: each of its
// commands is applied once, and counted once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/serve/access/access_database.h"
#include "processor/serve/access/audit_log.h"
#include "processor/serve/access/command_log.h"
#include "processor/serve/access/import_changes.h"

namespace leadpulse::access {

// Persisted: never renumber.
enum class JobKind : uint8_t { kBulk = 1, kExport = 2, kImport = 3, kUndo = 4 };
std::string_view NameOf(JobKind kind);
// Persisted: never renumber.
enum class JobState : uint8_t {
  kPending = 1,
  kRunning = 2,
  kDone = 3,
  kCancelled = 4,
  kFailed = 5,
  kUploaded = 6,  // an import that waits for somebody to say what its columns mean
};
std::string_view NameOf(JobState state);

struct Job {
  std::string id;
  std::string tenant;
  std::string who;  // Principal::who of the user or token that started it
  JobKind kind = JobKind::kBulk;
  std::string request_hash;
  std::string request;  // what to do, as its kind writes it; empty once it is over
  Instant created;
  JobState state = JobState::kPending;
  bool cancelling = false;            // somebody wants it to end
  int64_t done = 0;                   // leads, or rows of a file
  std::optional<int64_t> total = {};  // nullopt: not known yet
  int64_t wrong = 0;                  // leads or rows, among those that are done
  std::string reasons = {};           // why those were wrong, as the kind writes it
  std::string place = {};             // where the page ends that was started last, as its kind writes it
  std::string page = {};              // the page that was started and is not counted; empty: none
  std::string detail = {};            // a sentence: why it failed, or what may be wrong with its file
  std::string result = {};            // the name of the file that it made; empty: none
  std::optional<Instant> ended = {};
  // As of when the newest contacts were found; nullopt: not yet, or an import.
  std::optional<Instant> as_of = {};
  std::string undoes = {};  // the import that it takes back
  std::string name = {};    // what the user calls the file that it makes, without the ending; may be empty

  bool is_over() const {
    return state == JobState::kDone || state == JobState::kCancelled || state == JobState::kFailed;
  }
  friend bool operator==(const Job&, const Job&) = default;
};

// The limits of a tenant's jobs that are not over: of those that run or will, and of uploads that nobody runs.
inline constexpr int64_t kMostJobs = 10;
inline constexpr int64_t kMostUploads = 10;
// The time after which the file that a job made is removed, and so is an upload that nobody runs.
inline constexpr Millis kJobFilesKept{24 * 3'600'000LL};
// The time after which a job that is over is forgotten: its id is an Idempotency-Key, valid as long as others. An
// import is kept as long as it can be taken back (kImportChangesKept).
inline constexpr Millis kJobsKept = kCommandsKept;

// The log of jobs. Thread-safe. The errors are those of the database.
class JobLog {
 public:
  // Does not own the arguments.
  JobLog(AccessDatabase* database, AuditLog* audit) : database_(database), audit_(audit) {}

  // Adds a job together with its line in the audit log, durably. If there is one with its id, returns that and adds
  // nothing. Rejected if kMostJobs of the tenant are not over. Of kMostUploads, the oldest of the same user is
  // cancelled; rejected if all are others'.
  Result<std::optional<Job>> Add(const Job& job, const std::string& action);
  Result<std::optional<Job>> Find(const std::string& tenant, const std::string& id);
  // Lists jobs, the latest first. An empty `who` means those of everybody.
  Result<std::vector<Job>> List(const std::string& tenant, const std::string& who, int64_t limit);
  // Lists the jobs that take this import back, the latest first.
  Result<std::vector<Job>> UndoesOf(const std::string& tenant, const std::string& import);
  // Makes an upload pending, with its request and hash, and a line in the audit log. Returns false if it is no upload
  // any more. Rejected if kMostJobs of the tenant are not over.
  Result<bool> Run(const Job& job, const std::string& action, Instant at);
  // Returns the beginnings of the names of files that jobs of all tenants use: the id of each job that is not over, and
  // the name of each file that a job has made. Some are empty.
  Result<std::vector<std::string>> UsedFiles();
  // Asks the worker to end the job after its page, with a line in the audit log. Returns the job, if there is one.
  Result<std::optional<Job>> Cancel(const std::string& tenant, const std::string& id, const std::string& who,
                                    Instant at);

  // Returns the jobs to work on, the oldest first. Uploads are left out unless they are cancelled.
  Result<std::vector<Job>> Active();
  // Stores the job with a page that starts now, and of an import what it changes. Each of `leads` gets a line `action`
  // in the audit log.
  Status StartPage(const Job& job, const std::string& action, const std::vector<std::string>& leads, Instant at,
                   const std::vector<ImportChange>& changes = {});
  // Stores everything that changes, except whether it is cancelling. A job that is over loses its request and page. An
  // export that is done but was cancelled meanwhile becomes cancelled, without a result, because somebody in its file
  // may have been erased.
  Status Store(Job* job);
  // Returns the jobs of all tenants that ended after this instant.
  Result<std::vector<Job>> EndedAfter(Instant at);
  // Returns the jobs that are no longer kept, or whose file is not.
  Result<std::vector<Job>> Old(Instant now);
  // Removes a job that Old returned, or only the name of its file.
  Status Forget(const Job& job, Instant now);

 private:
  Status Write(const Job& job, const Transaction& transaction);
  // Checks that one more job has a place. Rejected if not.
  static Status CheckJobs(const std::string& tenant, const Transaction& transaction);
  // Cancels the oldest upload of the same user where there are too many. Rejected if there is none.
  Status MakeRoomForUpload(const Job& job, const Transaction& transaction);

  AccessDatabase* const database_;
  AuditLog* const audit_;
};

}  // namespace leadpulse::access
