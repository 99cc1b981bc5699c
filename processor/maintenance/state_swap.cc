#include "processor/maintenance/state_swap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "processor/base/crash_point.h"
#include "processor/base/durability.h"
#include "processor/base/field_reader.h"
#include "processor/base/text.h"
#include "processor/files/output_file.h"
#include "state/store/state_directory.h"

namespace leadpulse::maintenance {
namespace {

namespace fs = std::filesystem;

// Persisted: never change one.
constexpr char kRecordFile[] = "leadpulse-rebuild.txt";
constexpr char kTorn[] = ".tmp";  // suffix of an incomplete ReplacedFile
constexpr std::string_view kRecordForm = "leadpulse rebuild, form 1\n";
constexpr std::array<std::string_view, 4> kStages = {"unfinished", "finished", "swapping", "swapped"};

std::string RecordPath(const std::string& folder) { return (fs::path(folder) / kRecordFile).string(); }

// Takes `name value` and the line end off the front of the text.
bool TakeLine(std::string_view name, std::string_view* text, std::string* value) {
  const size_t end = text->find('\n');
  const std::string_view line = text->substr(0, end);
  if (end == std::string_view::npos || !line.starts_with(name) || line.substr(name.size(), 1) != " ") return false;
  *value = line.substr(name.size() + 1);
  text->remove_prefix(end + 1);
  return true;
}

bool ParseRecord(std::string_view text, RebuildRecord* record) {
  if (!text.starts_with(kRecordForm)) return false;
  text.remove_prefix(kRecordForm.size());
  std::string stage;
  std::string ids;
  if (!TakeLine("stage", &text, &stage) || !TakeLine("live", &text, &record->live) ||
      !TakeLine("kept", &text, &record->moved_to) || !TakeLine("ids", &text, &ids) || !text.empty()) {
    return false;
  }
  const auto* const found = std::ranges::find(kStages, stage);
  if (found == kStages.end()) return false;
  record->stage = static_cast<RebuildStage>(found - kStages.begin());
  FieldReader fields(ids);
  return fields.Next(&record->live_id) && fields.Next(&record->rebuilt_id) && fields.Done();
}

// Returns the inode; 0 if the directory is missing.
uint64_t IdOf(const std::string& directory) {
  struct stat found {};
  return stat(directory.c_str(), &found) == 0 ? found.st_ino : 0;
}

// Formats 2026-03-10T09:30:00Z as `20260310T093000Z`: a name that every file system allows.
std::string DateInName(Instant now) {
  std::string text = FormatRfc3339(Instant{now.millis / 1000 * 1000});
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

Result<std::string> FreeName(const std::string& live, Instant now) {
  const std::string wanted = live + ".before-" + DateInName(now);
  if (IdOf(wanted) == 0) return wanted;
  return Status::Rejected(wanted + " is there already. Wait a second, and do the same again.");
}

Status CheckOneFileSystem(const std::string& live, const std::string& rebuilt) {
  struct stat of_live {};
  struct stat of_rebuilt {};
  if (stat(live.c_str(), &of_live) != 0) return FileFailure(live, "looked at");
  if (stat(rebuilt.c_str(), &of_rebuilt) != 0) return FileFailure(rebuilt, "looked at");
  if (of_live.st_dev == of_rebuilt.st_dev) return Status::Ok();
  return Status::Rejected(rebuilt + " and " + live + " lie on different file systems, so no rename puts one in the " +
                          "place of the other. Move the folder of the rebuild beside " + live + ", whole, and do the " +
                          "same again.");
}

Status SyncBoth(const std::string& one, const std::string& other) {
  LP_RETURN_IF_ERROR(SyncDirectory(DirectoryOf(one)));
  return SyncDirectory(DirectoryOf(other));
}

Status Rename(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) != 0) return FileFailure(from, "renamed to " + to);
  return SyncBoth(from, to);
}

// Exchanges two directories in one step. False: the file system cannot.
Result<bool> Exchange(const std::string& one, const std::string& other) {
  if (renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) != 0) {
    if (errno == EINVAL || errno == ENOSYS) return false;
    return FileFailure(one, "exchanged with " + other);
  }
  LP_RETURN_IF_ERROR(SyncBoth(one, other));
  return true;
}

class Swap {
 public:
  Swap(const SwapOptions& options, RebuildRecord record)
      : options_(options), record_(std::move(record)), rebuilt_(RebuiltState(options.folder)) {}

  Result<RebuildRecord> Go() {
    if (record_.stage == RebuildStage::kSwapped) return record_;
    LP_RETURN_IF_ERROR(Lock());
    if (record_.stage == RebuildStage::kSwapping && NothingMoved()) LP_RETURN_IF_ERROR(BeginAnew());
    if (record_.stage == RebuildStage::kFinished) LP_RETURN_IF_ERROR(Begin());
    LP_RETURN_IF_ERROR(Move());
    CrashPoint("swap_moved");
    record_.stage = RebuildStage::kSwapped;
    LP_RETURN_IF_ERROR(WriteRebuildRecord(options_.folder, record_));
    return record_;
  }

 private:
  // Locks those that exist: after a kill one may have another name.
  Status Lock() {
    for (const std::string& directory : {record_.live, rebuilt_}) {
      if (record_.stage == RebuildStage::kSwapping && IdOf(directory) == 0) continue;
      LP_ASSIGN_OR_RETURN(std::unique_ptr<state::StateLock> lock, state::StateLock::Take(directory));
      locks_.push_back(std::move(lock));
    }
    return Status::Ok();
  }

  Status Begin() {
    LP_RETURN_IF_ERROR(CheckOneFileSystem(record_.live, rebuilt_));
    LP_RETURN_IF_ERROR(options_.check(record_));
    LP_ASSIGN_OR_RETURN(std::string moved_to, FreeName(record_.live, options_.now));
    record_.stage = RebuildStage::kSwapping;
    record_.moved_to = std::move(moved_to);
    record_.live_id = IdOf(record_.live);
    record_.rebuilt_id = IdOf(rebuilt_);
    CrashPoint("swap_checked");
    LP_RETURN_IF_ERROR(WriteRebuildRecord(options_.folder, record_));
    CrashPoint("swap_recorded");
    return Status::Ok();
  }

  bool NothingMoved() const { return IdOf(record_.live) == record_.live_id && IdOf(rebuilt_) == record_.rebuilt_id; }

  // Resets the record to kFinished: a run may have used the live state since the kill, so it must be checked again.
  Status BeginAnew() {
    record_ = {RebuildStage::kFinished, record_.live};
    return WriteRebuildRecord(options_.folder, record_);
  }

  // Continues where an earlier call was killed.
  Status Move() {
    if (NothingMoved()) LP_RETURN_IF_ERROR(ChangePlaces());
    if (IdOf(record_.live) == 0 && IdOf(record_.moved_to) == record_.live_id && IdOf(rebuilt_) == record_.rebuilt_id) {
      LP_RETURN_IF_ERROR(Rename(rebuilt_, record_.live));
    }
    if (IdOf(record_.live) == record_.rebuilt_id && IdOf(rebuilt_) == record_.live_id) {
      LP_RETURN_IF_ERROR(Rename(rebuilt_, record_.moved_to));
    }
    if (IdOf(record_.live) == record_.rebuilt_id && IdOf(record_.moved_to) == record_.live_id) return Status::Ok();
    return Status::Rejected("the swap of " + record_.live + " and " + rebuilt_ + " was begun, and since then one of " +
                            "them was moved by hand. Put the rebuilt state at " + record_.live + ", the old one at " +
                            record_.moved_to + ", and do the same again.");
  }

  // Exchanges the two in one step, or moves the live state away first.
  Status ChangePlaces() {
    bool exchanged = false;
    if (options_.exchange) {
      LP_ASSIGN_OR_RETURN(exchanged, Exchange(record_.live, rebuilt_));
    }
    if (!exchanged) LP_RETURN_IF_ERROR(Rename(record_.live, record_.moved_to));
    CrashPoint(exchanged ? "swap_exchanged" : "swap_moved_away");
    return Status::Ok();
  }

  const SwapOptions& options_;
  RebuildRecord record_;
  const std::string rebuilt_;
  std::vector<std::unique_ptr<state::StateLock>> locks_;
};

Status CheckStage(const SwapOptions& options, const RebuildRecord& record) {
  LP_ASSIGN_OR_RETURN(std::string live, WholePath(options.live));
  if (live != record.live) {
    return Status::Rejected("the rebuild in " + options.folder + " is one of " + record.live + ", not of " + live +
                            ". Give that as --state.");
  }
  if (record.stage != RebuildStage::kUnfinished) return Status::Ok();
  return Status::Rejected("the rebuild in " + options.folder + " is not finished. Give the same `leadpulse rebuild` " +
                          "as before: it goes on where it was.");
}

}  // namespace

Result<std::string> WholePath(const std::string& path) {
  std::error_code error;
  std::string whole = fs::weakly_canonical(fs::absolute(path, error), error).lexically_normal().string();
  if (error) return Status::Fatal("the path " + path + " cannot be followed: " + error.message());
  while (whole.size() > 1 && whole.back() == '/') whole.pop_back();
  return whole;
}

Result<RebuildRecord> SwapStates(const SwapOptions& options) {
  LP_ASSIGN_OR_RETURN(std::optional<RebuildRecord> record, ReadRebuildRecord(options.folder));
  if (!record.has_value()) {
    return Status::Rejected("there is no rebuild in " + options.folder +
                            ". Give the folder that `leadpulse rebuild --to` made.");
  }
  LP_RETURN_IF_ERROR(CheckStage(options, *record));
  return Swap(options, std::move(*record)).Go();
}

std::string RebuiltState(const std::string& folder) { return (fs::path(folder) / "state").string(); }
std::string RebuiltOutput(const std::string& folder) { return (fs::path(folder) / "output").string(); }

Result<std::optional<RebuildRecord>> ReadRebuildRecord(const std::string& folder) {
  const std::string path = RecordPath(folder);
  std::error_code error;
  if (!fs::exists(path, error) && !error) return std::optional<RebuildRecord>();
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  RebuildRecord record;
  if (file && ParseRecord(text, &record)) return std::optional(std::move(record));
  return Status::Fatal(path + " cannot be read, is damaged or was written by a later version of this program. Begin " +
                       "the rebuild again in another folder.");
}

Status RemoveTornRebuildRecord(const std::string& folder) {
  const std::string torn = RecordPath(folder) + kTorn;
  std::error_code error;
  fs::remove(torn, error);
  return error ? Status::Fatal(torn + " cannot be removed: " + error.message()) : Status::Ok();
}

Status WriteRebuildRecord(const std::string& folder, const RebuildRecord& record) {
  if ((record.live + record.moved_to).find('\n') != std::string::npos) {
    return Status::Rejected("the path of the state has a line break in it; rename its folder");
  }
  LP_ASSIGN_OR_RETURN(auto file, files::ReplacedFile::Create(RecordPath(folder), /*sync=*/true));
  LP_RETURN_IF_ERROR(file->Append(Concat(
      {kRecordForm, "stage ", kStages[static_cast<size_t>(record.stage)], "\nlive ", record.live, "\nkept ",
       record.moved_to, "\nids ", std::to_string(record.live_id), " ", std::to_string(record.rebuilt_id), "\n"})));
  return file->Commit();
}

}  // namespace leadpulse::maintenance
