#include "state/rocksdb/backup_requests.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"
#include "processor/base/file_modes.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "state/store/state_directory.h"
#include "state/store/store_keys.h"

namespace leadpulse::state {
namespace {

namespace fs = std::filesystem;

// Names in <state>/requests: `backup-<id>` and one of these endings. Other names are left alone.
constexpr char kPrefix[] = "backup-";
constexpr char kRequestDraft[] = ".draft";     // a request that is being written
constexpr char kRequest[] = ".request";        // locked by the asker while it waits
constexpr char kAnswerDraft[] = ".answering";  // an answer that is being written
constexpr char kAnswer[] = ".answer";          // `made`, or `failed: ` and why
constexpr char kCopy[] = ".copy";              // the directory with the copy
constexpr char kMade[] = "made";
constexpr std::string_view kFailed = "failed: ";
constexpr size_t kIdBytes = 8;

fs::path RequestsIn(const std::string& directory) { return fs::path(directory) / "requests"; }

// Whether the asker of a request no longer holds its lock, or the request is gone. A draft may not be locked yet.
bool IsDead(const std::string& base) {
  std::error_code error;
  if (fs::exists(base + kRequestDraft, error)) return false;
  const FileDescriptor request(open((base + kRequest).c_str(), O_RDONLY | O_CLOEXEC));
  return !request.is_open() || flock(request.get(), LOCK_SH | LOCK_NB) == 0;
}

void RemoveAll(const std::string& base) {
  std::error_code ignored;
  // The request is removed last: while it exists, its files are found.
  for (const char* ending : {kCopy, kAnswerDraft, kAnswer, kRequestDraft, kRequest}) {
    fs::remove_all(base + ending, ignored);
  }
  fs::remove_all(base + kCopy + ".tmp", ignored);  // RocksDB's, of a copy being made
}

bool WriteWhole(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text << std::flush;
  return file.good();
}

// Returns the bases of all files of requests; empty if there is no such directory.
std::set<std::string> BasesIn(const fs::path& requests) {
  std::set<std::string> bases;
  for (const fs::path& file : PathsIn(requests)) {
    const std::string name = file.filename().string();
    if (name.starts_with(kPrefix)) bases.insert((requests / name.substr(0, name.find('.'))).string());
  }
  return bases;
}

// Gives files that root makes to the owner of the state, who could otherwise neither read nor answer them. Takes an
// open file or directory, so that a file that replaced it is not given away. Returns whether it was done or not needed.
bool GiveToOwner(const std::string& directory, int descriptor) {
  struct stat owner {};
  if (geteuid() != 0 || stat(directory.c_str(), &owner) != 0 || owner.st_uid == 0) return true;
  return fchown(descriptor, owner.st_uid, owner.st_gid) == 0;
}

bool MakeRequestsDirectory(const std::string& directory) {
  const std::string requests = RequestsIn(directory).string();
  if (mkdir(requests.c_str(), kPrivateDirectory) != 0) return errno == EEXIST;
  const FileDescriptor made(open(requests.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  return made.is_open() && GiveToOwner(directory, made.get());
}

Status CannotAsk(const std::string& directory, const std::string& why) {
  return Status::Fatal("no request can be written to the state in " + directory + ": " + why +
                       ". A backup needs to write there; see to its permissions and its disk.");
}

}  // namespace

BackupRequestHandler::BackupRequestHandler(const std::string& directory, LeadStore* store)
    : requests_(RequestsIn(directory)), store_(store) {}

size_t BackupRequestHandler::AnswerRequests() {
  size_t answered = 0;
  for (const std::string& base : BasesIn(requests_)) {
    std::error_code error;
    if (IsDead(base)) {
      RemoveAll(base);
    } else if (fs::exists(base + kRequest, error) && !fs::exists(base + kAnswer, error)) {
      answered += Answer(base) ? 1 : 0;
    }
  }
  return answered;
}

bool BackupRequestHandler::Answer(const std::string& base) {
  std::error_code error;
  fs::remove_all(base + kCopy, error);  // left by a run that was killed before it answered
  Status status = store_->MakeCheckpoint(base + kCopy);
  std::string text = status.ok() ? kMade : std::string(kFailed) + status.message();
  // Removes everything if the asker no longer waits.
  bool said = !IsDead(base) && WriteWhole(base + kAnswerDraft, text);
  if (said) fs::rename(base + kAnswerDraft, base + kAnswer, error);
  if (said && !error) return true;
  RemoveAll(base);
  return false;
}

Result<std::unique_ptr<BackupRequest>> BackupRequest::Submit(const std::string& directory) {
  LP_RETURN_IF_ERROR(PrepareStateDirectory(directory, /*create=*/false).status());
  std::optional<std::string> random = RandomSecret(kIdBytes);
  if (!random) return Status::Fatal("the system gave no random bytes for the name of a request.");
  const std::string base = (RequestsIn(directory) / kPrefix).string() + absl::BytesToHexString(*random);
  if (!MakeRequestsDirectory(directory)) return CannotAsk(directory, strerror(errno));
  FileDescriptor draft(open((base + kRequestDraft).c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kPrivateFile));
  if (!draft.is_open()) return CannotAsk(directory, strerror(errno));
  std::unique_ptr<BackupRequest> request(new BackupRequest(directory, base, std::move(draft)));
  if (!GiveToOwner(directory, request->file_.get())) return CannotAsk(directory, strerror(errno));
  // Locked before it is visible, so that it is never taken for the request of a dead asker.
  if (flock(request->file_.get(), LOCK_EX | LOCK_NB) != 0) return CannotAsk(directory, strerror(errno));
  std::error_code error;
  fs::rename(base + kRequestDraft, base + kRequest, error);
  if (error) return CannotAsk(directory, error.message());
  return request;
}

BackupRequest::~BackupRequest() {
  RemoveAll(base_);
  std::error_code ignored;
  fs::remove(RequestsIn(directory_), ignored);  // unless others are asking
}

Result<std::optional<std::string>> BackupRequest::Copy() const {
  std::error_code error;
  const bool asking = fs::exists(base_ + kRequest, error) || error;
  std::ifstream file(base_ + kAnswer, std::ios::binary);
  if (!file && asking) return std::optional<std::string>();
  // The run removes a live request only if it cannot write the answer.
  if (!file) {
    return Status::Fatal("the process that has the state open could neither copy it nor write an answer to " +
                         RequestsIn(directory_).string() + ". Make room on that disk, and do the same again.");
  }
  std::string answer{std::istreambuf_iterator<char>(file), {}};
  if (answer == kMade) return std::optional(base_ + kCopy);
  return Status::Fatal("the process that has the state open could not copy it: " +
                       (answer.starts_with(kFailed) ? answer.substr(kFailed.size()) : "it said `" + answer + "`"));
}

Status BackupRequest::MakeCopy(const std::function<void(const std::string& warning)>& on_damaged_log) const {
  if (StateIsInUse(directory_)) return StateInUseError(directory_);
  RocksDbOptions options;
  options.directory = directory_;
  options.create_if_missing = false;
  options.on_damaged_log = on_damaged_log;
  LP_ASSIGN_OR_RETURN(std::unique_ptr<LeadStore> store, OpenRocksDbLeadStore(options));
  BackupRequestHandler(directory_, store.get()).AnswerRequests();
  return Status::Ok();
}

}  // namespace leadpulse::state
