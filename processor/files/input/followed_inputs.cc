#include "processor/files/input/followed_inputs.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <tuple>
#include <utility>

#include "processor/base/clock.h"
#include "processor/base/durability.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::input {
namespace {

// How long an empty batch waits.
constexpr std::chrono::milliseconds kIdle{50};
// The intervals for examining the files that grew last, unless the system reports changes, the folders, and all files:
// the longest wait of a record.
constexpr std::chrono::milliseconds kLook{5};
constexpr std::chrono::milliseconds kLookAtFolders{50};
constexpr std::chrono::milliseconds kLookAtAll{1000};

bool IsFolder(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

}  // namespace

Result<std::unique_ptr<FollowedInputs>> FollowedInputs::Open(const std::vector<std::string>& paths,
                                                             const FollowOptions& options) {
  std::unique_ptr<FollowedInputs> inputs(new FollowedInputs(options));
  for (size_t i = 0; i < paths.size(); ++i) LP_RETURN_IF_ERROR(inputs->AddGiven(paths[i], i));
  return inputs;
}

Status FollowedInputs::AddGiven(const std::string& path, size_t given) {
  if (path == kStandardInput) {
    return Status::Rejected("input -: standard input cannot be followed; give files, or folders of files");
  }
  events_.Watch(IsFolder(path) ? path : DirectoryOf(path));
  if (!IsFolder(path)) {
    // A file that is rotated may be missing between its two names.
    const bool waits = options_.may_be_missing && IsFolder(DirectoryOf(path)) && !disk_->Look(path).has_value();
    if (waits) telemetry::LogWarning("input " + path + ": there is no such file yet; the run waits for it");
    return AddFile(path, given, waits);
  }
  for (const Folder& folder : folders_) {
    std::error_code error;
    if (std::filesystem::equivalent(folder.watch.path(), path, error)) {
      return Status::Rejected("input " + path + ": is the folder " + folder.watch.path() +
                              ", which is given already; give it once");
    }
  }
  Folder* folder = &folders_.emplace_back(Folder{given, FolderWatch(path, disk_)});
  LP_ASSIGN_OR_RETURN(std::vector<std::string> files, folder->watch.NewFiles(MonotonicNow()));
  for (const std::string& file : files) {
    const Status added = AddFile(file, given);
    if (!added.ok()) SkipForNow(file, &folder->watch, added);
  }
  return Status::Ok();
}

// Skips a file of a folder that is gone again, or that cannot be opened, until its folder is listed again.
void FollowedInputs::SkipForNow(const std::string& path, FolderWatch* watch, const Status& why) {
  watch->Forget(path);
  if (disk_->Look(path).has_value() && skipped_.insert(path).second) {
    telemetry::LogWarning(why.message() + "; it is skipped until it can be read",
                          {telemetry::ErrorField(why.message())});
  }
}

Status FollowedInputs::AddFile(const std::string& path, size_t given, bool may_be_missing) {
  LP_ASSIGN_OR_RETURN(const uint32_t added, Add(path, Links::kRefuse, may_be_missing));
  if (added == given_of_.size()) given_of_.push_back(given);
  return Status::Ok();
}

Status FollowedInputs::Resume(const state::MetaReader& kept, const std::atomic<bool>& stop) {
  LP_RETURN_IF_ERROR(SyncNames());
  const Time now = MonotonicNow();
  LP_RETURN_IF_ERROR(InputList::Resume(kept, stop));
  if (stopping()) return Status::Ok();
  for (uint32_t i = 0; i < inputs_.size(); ++i) MakeLane(i, now);
  for (Lane& lane : lanes_) LP_RETURN_IF_ERROR(FindFilesBefore(&lane, now));
  // Files that were written last are likely to grow first.
  std::vector<uint32_t> newest = order_;
  std::stable_sort(newest.begin(), newest.end(),
                   [this](uint32_t a, uint32_t b) { return lanes_[a].seen.modified_ns < lanes_[b].seen.modified_ns; });
  recent_.assign(newest.end() - static_cast<ptrdiff_t>(std::min(newest.size(), kMaxOpen)), newest.end());
  return Status::Ok();
}

// Syncs the names of files: after a power cut a position must not name a file that is missing.
Status FollowedInputs::SyncNames() const {
  if (!options_.sync) return Status::Ok();
  std::vector<std::string> folders;
  for (const Folder& folder : folders_) folders.push_back(folder.watch.path());
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const auto from_folder = [&](const Folder& folder) { return folder.given == given_of_[i]; };
    if (std::any_of(folders_.begin(), folders_.end(), from_folder)) continue;
    folders.push_back(DirectoryOf(inputs_[i].path));
  }
  return SyncFollowed(folders);
}

// Makes the lane of an input that was resumed. It was examined before, so bytes appended since are new.
void FollowedInputs::MakeLane(uint32_t input, Time now) {
  Lane lane;
  lane.input = input;
  lane.given = given_of_[input];
  lane.path = inputs_[input].path;
  lane.compression = inputs_[input].format.compression;
  lane.seen = seen_[input];
  lane.grown_at = now;
  lane.progress = inputs_[input].progress;
  std::optional<VerifiedInput>& verified = verified_[input];
  if (verified.has_value()) {
    const bool whole = lane.progress.finished && !verified->grown;
    lane.hash = std::move(verified->before_resume);
    if (!IsCompressed(lane)) lane.done = lane.progress.read;
    if (IsCompressed(lane) && whole) lane.done = inputs_[input].stored_size;
    verified.reset();
  } else if (lane.progress.read == 0) {
    lane.hash.emplace();
  }
  lanes_.push_back(std::move(lane));
  Enter(input);
}

void FollowedInputs::Enter(uint32_t index) {
  const auto before = [this](uint32_t a, uint32_t b) { return Before(a, b); };
  order_.insert(std::upper_bound(order_.begin(), order_.end(), index, before), index);
}

bool FollowedInputs::InFolder(const Lane& lane) const {
  return std::ranges::any_of(folders_, [&](const Folder& folder) { return folder.given == lane.given; });
}

// Forgets a file that is gone and completely read: it is not examined again, unless it reappears in its folder.
void FollowedInputs::Retire(const Lane& lane) {
  std::erase(order_, lane.input);
  std::erase(recent_, lane.input);
  for (Folder& folder : folders_) {
    if (folder.given == lane.given) folder.watch.Forget(PathOf(lane));
  }
}

bool FollowedInputs::Before(uint32_t a, uint32_t b) const {
  return std::tie(lanes_[a].given, PathOf(lanes_[a])) < std::tie(lanes_[b].given, PathOf(lanes_[b]));
}

Result<bool> FollowedInputs::Extend(const state::MetaReader& kept) {
  size_t synced = folders_.size();  // none
  for (const auto& [folder, path] : std::exchange(new_files_, {})) {
    if (options_.sync && folder != synced) LP_RETURN_IF_ERROR(SyncFollowed({folders_[folder].watch.path()}));
    synced = folder;
    LP_RETURN_IF_ERROR(AddNewFile(path, folder, kept));
    if (stopping()) break;
  }
  look_at_all_ = true;  // bytes appended to older files before these began are read first
  return true;
}

Status FollowedInputs::AddNewFile(const std::string& path, size_t folder, const state::MetaReader& kept) {
  const Result<uint32_t> added = Add(path, Links::kRefuse);
  if (!added.ok()) {
    SkipForNow(path, &folders_[folder].watch, added.status());
    return Status::Ok();
  }
  skipped_.erase(path);
  if (*added < lanes_.size()) {
    if (lanes_[*added].gone) Enter(*added);
    return Status::Ok();
  }
  if (*added == given_of_.size()) given_of_.push_back(folders_[folder].given);
  LP_RETURN_IF_ERROR(ResumeOne(*added, kept));
  if (stopping()) return Status::Ok();
  MakeLane(*added, MonotonicNow());
  LP_RETURN_IF_ERROR(FindFilesBefore(&lanes_[*added], MonotonicNow()));
  Touch(*added);
  return Status::Ok();
}

Status FollowedInputs::Fill(Batch* batch) {
  batch->Clear();
  const Time begun = MonotonicNow();
  AddMarks(batch);
  while (!batch->Full(batch->size()) && !stopping()) {
    const Time now = MonotonicNow();
    if (now >= begun + kMaxBatchTime) break;
    if (!round_.empty()) {
      LP_ASSIGN_OR_RETURN(bool more, ReadLane(&lanes_[round_.front()], batch, begun + kMaxBatchTime));
      if (!more) round_.pop_front();
      continue;
    }
    if (!new_files_.empty()) {
      batch->end_of_input = true;
      break;
    }
    LP_RETURN_IF_ERROR(BeginRound(now));
    AddMarks(batch);
    if (!round_.empty() || !new_files_.empty()) continue;
    batch->is_all = true;
    if (!batch->records.empty() || now >= begun + kIdle) break;
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(begun + kIdle - now);
    const FileEvents::News news = events_.Wait(events_.sees_all() ? rest : std::min(kLook, rest));
    if (news == FileEvents::News::kNames) looked_at_folders_ = Time();
  }
  return Status::Ok();
}

Status FollowedInputs::BeginRound(Time now) {
  LP_RETURN_IF_ERROR(FindNewFiles(now));
  if (!new_files_.empty()) return Status::Ok();
  const bool all = look_at_all_ || now - looked_at_all_ >= kLookAtAll;
  std::vector<uint32_t> looked_at(recent_.begin(), recent_.end());
  if (all) {
    looked_at = order_;
    looked_at_all_ = now;
    look_at_all_ = false;
  } else {
    std::sort(looked_at.begin(), looked_at.end(), [this](uint32_t a, uint32_t b) { return Before(a, b); });
  }
  for (auto index = looked_at.rbegin(); index != looked_at.rend(); ++index) {
    LP_RETURN_IF_ERROR(LookAt(&lanes_[*index], now));
  }
  // Files that had a name before are read first, also those that have one of their own by now.
  if (std::exchange(rotated_, false)) {
    looked_at_folders_ = Time();
    LP_RETURN_IF_ERROR(FindNewFiles(now));
    if (!new_files_.empty()) return Status::Ok();
  }
  for (const uint32_t index : looked_at) {
    if (FindNews(&lanes_[index], now)) round_.push_back(index);
  }
  return Status::Ok();
}

Status FollowedInputs::FindNewFiles(Time now) {
  if (now - looked_at_folders_ < kLookAtFolders) return Status::Ok();
  looked_at_folders_ = now;
  for (size_t i = 0; i < folders_.size(); ++i) {
    LP_ASSIGN_OR_RETURN(std::vector<std::string> found, folders_[i].watch.NewFiles(now));
    for (std::string& path : found) new_files_.emplace_back(i, std::move(path));
  }
  return Status::Ok();
}

Status FollowedInputs::LookAt(Lane* lane, Time now) {
  const std::string& path = PathOf(*lane);
  std::optional<SeenFile> seen = disk_->Look(path);
  if (seen.has_value() && !seen->is_regular) {
    // The folder's watch warns of those in it.
    if (!InFolder(*lane) && !std::exchange(lane->warned, true)) WarnOfSkipped(path);
    seen.reset();
  }
  if (!seen.has_value()) {
    LP_RETURN_IF_ERROR(NoteGone(lane, now));
  } else if (!(seen->id == lane->seen.id)) {
    LP_RETURN_IF_ERROR(TakeOtherFile(lane, *seen, now));
  } else {
    const bool changed = seen->modified_ns != lane->seen.modified_ns || seen->size != lane->seen.size;
    const bool is_other = changed && lane->file != nullptr && !lane->file->HasHead();
    if (seen->size < lane->done || lane->cut_off || is_other) {
      CloseLane(lane);
      LP_RETURN_IF_ERROR(Rotate(lane, *seen, now));
    }
    if (seen->size > lane->seen.size) lane->grown_at = now;
    lane->gone = false;
    lane->seen = *seen;
    lane->path = path;
    if (lane->file != nullptr) lane->file->SeenUpTo(seen->size);
  }
  for (Lane& file : lane->before) LP_RETURN_IF_ERROR(NoteSize(&file, now));
  return Status::Ok();
}

bool FollowedInputs::FindNews(Lane* lane, Time now) {
  bool news = false;
  for (Lane& file : lane->before) {
    const bool is_oldest_of_many = &file == &lane->before.front() && lane->before.size() > kMaxBefore;
    file.ending = file.seen.size <= file.done && (now - file.grown_at >= options_.quiet || is_oldest_of_many);
    news = news || file.has_news();
  }
  if (lane->broken) return news;
  const bool grown = lane->seen.size > lane->done;
  lane->ending = !grown && lane->unfinished && now - lane->grown_at >= options_.quiet;
  lane->held = grown && !Begin(lane);
  return news || lane->has_news();
}

// Reads a lane. Returns false if everything seen of its files is read.
Result<bool> FollowedInputs::ReadLane(Lane* lane, Batch* batch, Time deadline) {
  for (size_t i = 0; i < lane->before.size();) {
    if (lane->before[i].has_news()) {
      LP_ASSIGN_OR_RETURN(const bool more, ReadFile(lane, &lane->before[i], batch, deadline));
      if (more) return true;
    }
    if (lane->before[i].reader != nullptr) {
      ++i;
      continue;
    }
    lane->before.erase(lane->before.begin() + static_cast<ptrdiff_t>(i));
    batch->progress.push_back({lane->input, ProgressWithBefore(*lane), batch->records.size()});
  }
  return !lane->broken && lane->has_news() ? ReadFile(lane, lane, batch, deadline) : false;
}

// Adds what the reader of one file of a lane does not know to its mark.
void FollowedInputs::Complete(const Lane& lane, const Lane& file, BatchMark* mark) {
  InputProgress own = std::move(mark->progress);
  own.inode = file.seen.id.inode;
  mark->progress = ProgressWithBefore(lane);
  if (&file == &lane) {
    own.before = std::move(mark->progress.before);
    mark->progress = std::move(own);
  } else {
    mark->before = static_cast<size_t>(&file - lane.before.data());
    mark->progress.before[*mark->before] = std::move(own);
  }
}

// Reads a file of a lane. Returns false if everything seen of it is read, or it is another file now.
Result<bool> FollowedInputs::ReadFile(Lane* lane, Lane* file, Batch* batch, Time deadline) {
  if (file->reader == nullptr) {
    const Status opened = OpenLane(file);
    file->cut_off = !opened.ok() && opened.kind() == ErrorKind::kRetriable;
    if (file->cut_off) return false;
    LP_RETURN_IF_ERROR(opened);
  }
  if (file->reader == nullptr) return true;  // stopping
  if (file->ending) file->file->End();
  const size_t first_start = batch->starts.size(), first = batch->progress.size();
  LP_ASSIGN_OR_RETURN(InputReader::Outcome outcome, file->reader->Fill(batch, deadline));
  for (size_t i = first_start; i < batch->starts.size(); ++i) Complete(*lane, *file, &batch->starts[i]);
  for (size_t i = first; i < batch->progress.size(); ++i) Complete(*lane, *file, &batch->progress[i]);
  // A commit syncs files by their names.
  if (options_.sync && (file != lane || lane->gone)) LP_RETURN_IF_ERROR(file->file->Sync());
  if (outcome == InputReader::Outcome::kMore) return true;
  file->done = file->file->stored_bytes_read();
  if (outcome == InputReader::Outcome::kEnded) {
    NoteEnd(file);
  } else {
    file->unfinished = IsCompressed(*file) || !file->reader->between_records();
    if (file == lane) Touch(lane->input);
  }
  return false;
}

// Notes the end of a file. It may grow again: then reading continues after its last whole record.
void FollowedInputs::NoteEnd(Lane* lane) {
  lane->progress = lane->reader->progress();
  lane->unfinished = false;
  // No appended record can begin after broken framing; but a record that was only cut short may be completed.
  lane->broken = lane->progress.broken && !lane->ending;
  lane->hash.reset();
  lane->head = lane->file->head();
  lane->reader.reset();
  lane->file = nullptr;
}

// Opens a file where its reading continues. Retriable: another file, or other bytes, are there now.
Status FollowedInputs::OpenLane(Lane* lane) {
  const std::string& path = PathOf(*lane);
  if (!lane->hash.has_value()) {
    LP_ASSIGN_OR_RETURN(const bool is_same, IsIn(lane->path, lane->seen, lane));
    if (stopping()) return Status::Ok();
    if (!is_same) return Status::Retriable("input " + path + " has other bytes now");
  }
  LP_ASSIGN_OR_RETURN(auto file, FollowedFile::Open(lane->path, lane->seen, lane->head));
  FollowedFile* const opened = file.get();
  std::unique_ptr<ByteSource> source = Decompress(lane->compression, std::move(file));
  LP_RETURN_IF_ERROR(SkipTo(path, lane->progress, source.get()));
  if (stopping()) return Status::Ok();
  lane->reader = std::make_unique<InputReader>(lane->input, inputs_[lane->input].format.records, lane->progress,
                                               *lane->hash, std::move(source));
  lane->file = opened;
  lane->hash.reset();
  return Status::Ok();
}

void FollowedInputs::CloseLane(Lane* lane) {
  if (lane->reader == nullptr) return;
  lane->progress = lane->reader->progress();
  lane->hash = lane->reader->hash_at_resume();
  lane->head = lane->file->head();
  lane->reader.reset();
  lane->file = nullptr;
}

// Marks the lane as the one that grew last. Closes lanes beyond the limits, those that grew longest ago first.
void FollowedInputs::Touch(uint32_t index) {
  std::erase(recent_, index);
  recent_.push_back(index);
  if (recent_.size() > kMaxOpen) {
    CloseLane(&lanes_[recent_.front()]);
    recent_.pop_front();
  }
  size_t compressed = 0;
  for (auto recent = recent_.rbegin(); recent != recent_.rend(); ++recent) {
    Lane* lane = &lanes_[*recent];
    if (lane->reader != nullptr && IsCompressed(*lane) && ++compressed > kMaxOpenCompressed) CloseLane(lane);
  }
}

}  // namespace leadpulse::input
