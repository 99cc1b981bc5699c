#include "processor/maintenance/state_repair.h"

#include <absl/strings/escaping.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/crash_point.h"
#include "processor/base/durable_files.h"
#include "processor/base/file_descriptor.h"
#include "processor/base/json_object.h"
#include "processor/engine/partition_meta.h"
#include "processor/engine/stored_definitions.h"
#include "processor/maintenance/state_examination.h"

namespace leadpulse::maintenance {
namespace {

// The beginning of every line.
constexpr std::string_view kBeginning = "{\"family\":";
constexpr size_t kBufferBytes = 1 << 20;

// The file for unusable rows that are removed from a state: JSON lines, only appended to. One thread.
class QuarantinedRows {
 public:
  // Creates the file if it is missing, and keeps the lines of an earlier repair. Removes a last line that a kill cut
  // off: its row is still in the state. Rejected: the file holds something else.
  static Result<std::unique_ptr<QuarantinedRows>> Open(const std::string& path) {
    // The rows are as confidential as the state.
    FileDescriptor opened(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!opened.is_open()) {
      return Status::Rejected(path + " cannot be opened: " + strerror(errno) + "; give another --set-aside FILE");
    }
    std::unique_ptr<QuarantinedRows> file(new QuarantinedRows(path, std::move(opened)));
    LP_RETURN_IF_ERROR(file->FindEnd());
    return file;
  }

  // Appends {"family","subject","why","key","value"}, key and value in base64.
  Status Append(const StateProblem& problem) {
    JsonObject line(&buffer_);
    line.Text("family", state::RowFamilyName(problem.family));
    line.Text("subject", problem.subject);
    line.Text("why", problem.what);
    line.Text("key", absl::Base64Escape(problem.row_key));
    line.Text("value", absl::Base64Escape(problem.row_value));
    line.End();
    buffer_ += '\n';
    if (buffer_.size() < kBufferBytes) return Status::Ok();
    Status status = WriteAll(file_.get(), buffer_, path_);
    buffer_.clear();
    return status;
  }

  // Makes everything appended durable, including the file's name.
  Status Flush() {
    Status status = WriteAll(file_.get(), buffer_, path_);
    buffer_.clear();
    if (!status.ok()) return status;
    if (fsync(file_.get()) != 0) return Failed("made durable");
    return SyncDirectory(DirectoryOf(path_));
  }

 private:
  QuarantinedRows(std::string path, FileDescriptor file) : path_(std::move(path)), file_(std::move(file)) {}

  Status FindEnd() {
    char beginning[16] = {};
    ssize_t got = pread(file_.get(), beginning, kBeginning.size(), 0);
    if (got < 0) return Failed("read");
    // A kill may have left only part of the beginning.
    if (!kBeginning.starts_with(std::string_view(beginning, static_cast<size_t>(got)))) {
      return Status::Rejected(path_ + " holds something else than rows set aside; give another --set-aside FILE");
    }
    return CutOffTornLine(file_.get(), path_);
  }

  Status Failed(const std::string& what) const {
    return Status::Fatal(path_ + " cannot be " + what + ": " + strerror(errno) +
                         ". Nothing that is not in it was removed; do the same again.");
  }

  const std::string path_;
  const FileDescriptor file_;
  std::string buffer_;
};

// Limits of one write.
constexpr size_t kMaxChanges = 1024;
constexpr size_t kMaxBytes = 4 << 20;

bool IsDamage(const StateProblem& problem) {
  return problem.kind == ProblemKind::kDamagedFile || problem.kind == ProblemKind::kUnreadableRows;
}

class Repair {
 public:
  Repair(const RepairOptions& options, state::StateRows* rows,
         const std::function<Status(const StateProblem&)>& on_left)
      : options_(options), rows_(rows), on_left_(on_left) {}

  Result<RepairReport> Run() {
    LP_RETURN_IF_ERROR(CheckMayBeRepaired(*rows_));
    LP_RETURN_IF_ERROR(
        ExamineState(
            *rows_, [this](StateProblem problem) { return Take(std::move(problem)); }, [this] { return Write(); })
            .status());
    LP_RETURN_IF_ERROR(Write());
    return report_;
  }

 private:
  Status Take(StateProblem problem) {
    if (IsDamage(problem)) {
      return Status::Fatal(problem.subject + " " + problem.what +
                           ". That cannot be mended from what is left: restore a backup (leadpulse state restore), or "
                           "rebuild the state from its input in a new --state directory.");
    }
    const bool mends = problem.remedy == Remedy::kRepair ||
                       (problem.remedy == Remedy::kReevaluate && options_.reevaluate) ||
                       (problem.remedy == Remedy::kQuarantined && !options_.quarantine_file.empty());
    if (!mends) {
      ++report_.left;
      return on_left_(problem);
    }
    if (problem.remedy == Remedy::kQuarantined) {
      LP_RETURN_IF_ERROR(Quarantine(problem));
      ++report_.quarantined;
    }
    ++report_.mended[static_cast<size_t>(problem.kind)];
    for (state::RowChange& change : problem.mend) {
      bytes_ += change.key.size() + (change.value ? change.value->size() : 0);
      changes_.push_back(std::move(change));
    }
    return changes_.size() >= kMaxChanges || bytes_ >= kMaxBytes ? Write() : Status::Ok();
  }

  Status Quarantine(const StateProblem& problem) {
    if (quarantined_ == nullptr) {
      LP_ASSIGN_OR_RETURN(quarantined_, QuarantinedRows::Open(options_.quarantine_file));
    }
    return quarantined_->Append(problem);
  }

  Status Write() {
    if (changes_.empty()) return Status::Ok();
    // A row is durable in the quarantine file before it is removed here.
    CrashPoint("repair_before_set_aside");
    if (quarantined_ != nullptr) LP_RETURN_IF_ERROR(quarantined_->Flush());
    CrashPoint("repair_before_write");
    LP_RETURN_IF_ERROR(rows_->Write(changes_));
    CrashPoint("repair_after_write");
    changes_.clear();
    bytes_ = 0;
    return Status::Ok();
  }

  const RepairOptions& options_;
  state::StateRows* const rows_;
  const std::function<Status(const StateProblem&)>& on_left_;
  std::unique_ptr<QuarantinedRows> quarantined_;
  std::vector<state::RowChange> changes_;
  size_t bytes_ = 0;
  RepairReport report_;
};

}  // namespace

// Rejects a live state: its changelog would lack the repair, and so would the partition's next owner.
Status CheckMayBeRepaired(const state::StateRows& rows) {
  const state::MetaReader read = state::MetaOf(rows);
  Result<bool> live = engine::IsLiveState(read, rows.partition_count());
  if (!live.ok()) return Status::Ok();  // if this is unknown, the examination reports the damage
  if (!*live) {
    const Result<std::optional<engine::StoredDefinitions>> kept = engine::ReadRunDefinitions(read);
    return kept.ok() && kept->has_value() ? engine::CheckEngineVersion((*kept)->engine_version) : Status::Ok();
  }
  return Status::Rejected(
      "this is a state of the live mode: a cache of the topic lead.state, with which it must agree, so nothing in it "
      "is mended. Where `state check` names a problem: stop the process, remove the directory and start it again; it "
      "is rebuilt from lead.state.");
}

Result<RepairReport> RepairState(const RepairOptions& options, state::StateRows* rows,
                                 const std::function<Status(const StateProblem&)>& on_left) {
  return Repair(options, rows, on_left).Run();
}

}  // namespace leadpulse::maintenance
