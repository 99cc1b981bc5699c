// Followed files that are rotated: renamed, removed, cut off, or replaced by others of their name.
#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "processor/base/durability.h"
#include "processor/files/input/followed_inputs.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::input {
namespace {

Result<std::optional<InputProgress>> ReadProgress(const std::string& path, const state::MetaReader& kept) {
  LP_ASSIGN_OR_RETURN(const std::optional<std::string> stored, kept(InputProgressName(path)));
  if (!stored.has_value()) return std::optional<InputProgress>();
  LP_ASSIGN_OR_RETURN(InputProgress progress, DecodeInputProgress(path, *stored));
  return std::optional(std::move(progress));
}

// Returns the part of a file's name that programs keep when they rotate it: `events` of `events.jsonl.gz`.
std::string StemOf(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename();
  return name.substr(0, std::min(name.rfind(".jsonl"), name.rfind(".pb")));
}

}  // namespace

// ---- at a start ----

// Reads the progress of an input. If the file has other bytes, it is a later one of the name: FindFilesBefore looks for
// the one that was read.
Status FollowedInputs::ResumeOne(uint32_t index, const state::MetaReader& kept) {
  earlier_.resize(inputs_.size());
  const std::string& path = inputs_[index].path;
  const std::optional<SeenFile> seen = disk_->Look(path);
  seen_.resize(inputs_.size());
  if (seen.has_value() && seen->is_regular) seen_[index] = *seen;
  LP_ASSIGN_OR_RETURN(std::optional<InputProgress> stored, ReadProgress(path, kept));
  if (!stored.has_value()) return AdoptMoved(index, kept);
  earlier_[index] = std::exchange(stored->before, {});
  if (!seen.has_value()) {  // it may come back
    inputs_[index].progress = *stored;
    return Status::Ok();
  }
  // A file that was not read yet is known by its inode alone.
  const bool is_unread_other = stored->read == 0 && stored->inode != 0 && stored->inode != seen->id.inode;
  LP_ASSIGN_OR_RETURN(const bool is_same, is_unread_other ? Result<bool>(false) : Verify(index, *stored, *seen));
  if (is_same || stopping()) return Status::Ok();
  earlier_[index].push_back(std::move(*stored));
  return AdoptMoved(index, kept);
}

// Whether an input begins with the bytes that were read; then reading continues there.
Result<bool> FollowedInputs::Verify(uint32_t index, const InputProgress& progress, const SeenFile& seen) {
  const Input& input = inputs_[index];
  auto file = FollowedFile::Open(input.path, seen, "");
  if (!file.ok() && file.status().kind() == ErrorKind::kRetriable) return false;
  if (!file.ok()) return file.status();
  (*file)->End();
  const std::unique_ptr<ByteSource> source = Decompress(input.format.compression, std::move(*file));
  auto verified = VerifyInput(input.path, progress, /*keep_tail=*/false, stop(), source.get());
  if (!verified.ok() && verified.status().kind() != ErrorKind::kRejected) return verified.status();
  if (!verified.ok() || !verified->has_value()) return false;
  inputs_[index].progress = progress;
  inputs_[index].stored_size = seen.size;
  verified_[index] = std::move(*verified);
  return true;
}

// Finds the progress of a file that an earlier run read under another name.
Status FollowedInputs::AdoptMoved(uint32_t index, const state::MetaReader& kept) {
  const std::string& path = inputs_[index].path;
  const SeenFile* const seen = &seen_[index];
  if (seen->id == FileId()) return Status::Ok();
  LP_ASSIGN_OR_RETURN(const std::optional<std::string> former, kept(InputOfInodeName(seen->id.inode)));
  if (!former.has_value() || *former == path) return Status::Ok();
  if (FindById(seen->id, nullptr).first != nullptr) return Status::Ok();  // see Begin
  const std::optional<SeenFile> other = disk_->Look(*former);
  if (other.has_value() && other->id == seen->id) return Status::Ok();  // a second name
  LP_ASSIGN_OR_RETURN(std::optional<InputProgress> stored, ReadProgress(*former, kept));
  if (!stored.has_value()) return Status::Ok();
  std::vector<InputProgress> files = std::exchange(stored->before, {});
  files.push_back(std::move(*stored));
  for (const InputProgress& file : files) {
    if (file.inode != seen->id.inode || file.read == 0) continue;
    LP_ASSIGN_OR_RETURN(const bool is_same, Verify(index, file, *seen));
    if (!is_same) continue;
    moved_.push_back(index);
    const auto from = std::ranges::find(inputs_, *former, &Input::path);
    if (from != inputs_.end()) moved_.push_back(static_cast<uint32_t>(from - inputs_.begin()));
    break;
  }
  return Status::Ok();
}

// Finds the files that had the name of an input in earlier runs and were not completely read.
Status FollowedInputs::FindFilesBefore(Lane* lane, Time now) {
  for (InputProgress& progress : std::exchange(earlier_[lane->input], {})) {
    const auto has_it = [&](const Lane& other) {
      return &other != lane && other.seen.id.inode == progress.inode && other.progress.read >= progress.read;
    };
    if (std::ranges::any_of(lanes_, has_it)) continue;  // it was moved to an input
    Lane file;
    file.input = lane->input;
    file.given = lane->given;
    file.compression = inputs_[lane->input].format.compression;
    file.grown_at = now;
    file.seen.id.inode = progress.inode;
    file.progress = std::move(progress);
    LP_ASSIGN_OR_RETURN(const bool found, FindAgain(&file));
    if (stopping()) return Status::Ok();
    if (found) {
      lane->before.push_back(std::move(file));
    } else {
      WarnOfLoss(file);
    }
  }
  return Status::Ok();
}

// ---- while it is followed ----

// Notes that the name of a file is gone. An open file is read on. Another one is looked for beside it.
Status FollowedInputs::NoteGone(Lane* lane, Time now) {
  const bool was_gone = std::exchange(lane->gone, true);
  if (lane->file != nullptr) {
    LP_RETURN_IF_ERROR(NoteSize(lane, now));
    const bool is_read = lane->seen.size <= lane->done && !lane->unfinished;
    if (is_read && now - lane->grown_at >= options_.quiet) CloseLane(lane);
    return Status::Ok();
  }
  const bool is_read = lane->seen.size <= lane->done && !lane->unfinished;
  const bool was_missing = lane->seen.id == FileId() && lane->progress.read > 0;  // since the start of this run
  if (!was_gone && (!is_read || was_missing)) {
    lane->seen.id.inode = std::max(lane->seen.id.inode, static_cast<ino_t>(lane->progress.inode));
    LP_ASSIGN_OR_RETURN(const bool found, FindAgain(lane));
    if (!found) WarnOfLoss(*lane);
    if (!found) lane->seen.size = lane->done;
    return Status::Ok();
  }
  if (is_read && InFolder(*lane)) Retire(*lane);
  return Status::Ok();
}

Status FollowedInputs::NoteSize(Lane* lane, Time now) {
  if (lane->file == nullptr) return Status::Ok();
  LP_ASSIGN_OR_RETURN(const uint64_t size, lane->file->SizeNow());
  if (size > lane->seen.size) lane->grown_at = now;
  lane->seen.size = size;
  lane->file->SeenUpTo(size);
  return Status::Ok();
}

// Takes another file that has the name now: a copy that begins with all that was read, such as `rsync` makes, or the
// next one of the name.
Status FollowedInputs::TakeOtherFile(Lane* lane, const SeenFile& seen, Time now) {
  const InputProgress progress = ProgressOf(*lane);
  if (progress.read > 0 && seen.size >= lane->done) {
    Lane copy;
    copy.input = lane->input;
    copy.compression = inputs_[lane->input].format.compression;
    copy.progress = progress;
    copy.head = lane->file != nullptr ? lane->file->head() : lane->head;
    LP_ASSIGN_OR_RETURN(const bool is_copy, IsIn(PathOf(*lane), seen, &copy));
    if (stopping()) return Status::Ok();
    if (is_copy) {
      CloseLane(lane);
      lane->hash = std::move(copy.hash);
      lane->progress = progress;
      lane->path = PathOf(*lane);
      lane->compression = copy.compression;
      lane->seen = seen;
      lane->gone = false;
      lane->grown_at = now;
      return Status::Ok();
    }
  }
  return Rotate(lane, seen, now);
}

// Begins the next file of a name. The one before is read to its end, if it is open or can be found.
Status FollowedInputs::Rotate(Lane* lane, const SeenFile& seen, Time now) {
  rotated_ = true;
  Lane file = std::move(*lane);
  *lane = Lane();
  lane->input = file.input;
  lane->given = file.given;
  lane->path = inputs_[lane->input].path;
  lane->compression = inputs_[lane->input].format.compression;
  lane->seen = seen;
  lane->grown_at = now;
  lane->hash.emplace();
  lane->before = std::exchange(file.before, {});
  const bool was_read = file.gone && file.seen.size <= file.done && !file.unfinished;
  file.grown_at = now;
  file.ending = file.cut_off = false;
  const bool is_empty = file.file == nullptr && file.seen.size == 0 && file.progress.read == 0;
  if (file.broken || is_empty) return Status::Ok();
  if (file.file == nullptr) {
    LP_ASSIGN_OR_RETURN(const bool found, FindAgain(&file));
    if (stopping()) return Status::Ok();
    if (!found) {
      if (!was_read) WarnOfLoss(file);
      moved_.push_back(lane->input);
      return Status::Ok();
    }
  }
  lane->before.push_back(std::move(file));
  return Status::Ok();
}

// Finds a file whose input has another one now, in the same folder: by its inode, or by the bytes that were read, in
// files whose name begins like its own. Opens it. Returns false if it is not there.
Result<bool> FollowedInputs::FindAgain(Lane* lane) {
  const std::string& input = inputs_[lane->input].path;
  const uint64_t inode = lane->seen.id.inode;
  const std::string stem = StemOf(input);
  std::vector<std::pair<std::string, SeenFile>> found;
  std::error_code error;
  std::filesystem::directory_iterator entry(DirectoryOf(input), error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string path = entry->path().string();
    const std::optional<SeenFile> seen = disk_->Look(path);
    if (!seen.has_value() || !seen->is_regular || entry->path().filename() == std::filesystem::path(input).filename()) {
      continue;
    }
    const bool has_inode = seen->id.inode == inode;
    const bool may_be_copy = entry->path().filename().string().starts_with(stem) && ProgressOf(*lane).read > 0;
    if (has_inode || may_be_copy) found.emplace_back(path, *seen);
  }
  std::ranges::sort(found, std::greater(), [&](const auto& file) {
    return std::pair(file.second.id.inode == inode, file.second.modified_ns);
  });
  for (const auto& [path, seen] : found) {
    if (FindById(seen.id, lane).first != nullptr) continue;  // it is an input
    lane->head.clear();
    lane->compression = CompressionOf(path);
    if (lane->compression == Compression::kNone) lane->compression = inputs_[lane->input].format.compression;
    LP_ASSIGN_OR_RETURN(const bool is_it, IsIn(path, seen, lane));
    if (stopping()) return false;
    if (!is_it) continue;
    lane->path = path;
    lane->seen = seen;
    lane->cut_off = false;
    const Status opened = OpenLane(lane);
    if (!opened.ok() && opened.kind() == ErrorKind::kRetriable) continue;
    LP_RETURN_IF_ERROR(opened);
    // Whether a compressed file has more is known once it is read.
    lane->done = IsCompressed(*lane) ? 0 : lane->progress.read;
    return true;
  }
  return false;
}

// Whether a file begins with the bytes that were read; then sets the hash with which reading continues.
Result<bool> FollowedInputs::IsIn(const std::string& path, const SeenFile& seen, Lane* lane) {
  if (lane->compression == Compression::kNone && seen.size < lane->progress.read) return false;
  auto file = FollowedFile::Open(path, seen, lane->head);
  if (!file.ok() && file.status().kind() == ErrorKind::kRetriable) return false;
  if (!file.ok()) return file.status();
  (*file)->End();
  const std::unique_ptr<ByteSource> source = Decompress(lane->compression, std::move(*file));
  auto verified = VerifyInput(path, lane->progress, /*keep_tail=*/false, stop(), source.get());
  if (!verified.ok() && verified.status().kind() == ErrorKind::kFatal) return verified.status();
  if (!verified.ok() || !verified->has_value()) return false;
  lane->hash = std::move((*verified)->before_resume);
  return true;
}

void FollowedInputs::WarnOfLoss(const Lane& lane) const {
  const std::string& path = inputs_[lane.input].path;
  telemetry::LogWarning("input " + path + ": the file that had this name was read up to byte " +
                        std::to_string(ProgressOf(lane).read) +
                        ", and is neither there nor beside it any more. What was written behind that byte, if "
                        "anything, is lost. Rotate a followed file by renaming it within its folder, or keep its last "
                        "copy there");
}

// Begins a file that was not read yet, or continues one that had another name before. Returns false while the file has
// several names, because one of them may belong to another program.
bool FollowedInputs::Begin(Lane* lane) {
  if (lane->done > 0 || lane->progress.read > 0 || lane->reader != nullptr) return true;
  const auto [from, file] = FindById(lane->seen.id, lane);
  const bool has_other_name = from != nullptr && file == from && !from->gone;
  if (InFolder(*lane) && (lane->seen.names > 1 || has_other_name)) {
    if (!std::exchange(lane->warned, true)) {
      telemetry::LogWarning("input " + PathOf(*lane) +
                            " is not read yet: the file has several names (hard links). Remove the others, or put a "
                            "copy there");
    }
    return false;
  }
  if (from == nullptr || has_other_name) return true;
  CloseLane(file);
  moved_.insert(moved_.end(), {lane->input, from->input});
  lane->done = file->done;
  lane->unfinished = file->unfinished;
  lane->broken = file->broken;
  lane->progress = file->progress;
  lane->hash = std::move(file->hash);
  lane->head = std::move(file->head);
  if (file != from) {
    from->before.erase(from->before.begin() + (file - from->before.data()));
    return !lane->broken;
  }
  Lane empty;
  empty.input = from->input;
  empty.given = from->given;
  empty.path = PathOf(*from);
  empty.compression = from->compression;
  empty.gone = true;
  empty.hash.emplace();
  empty.before = std::move(from->before);
  *from = std::move(empty);
  return !lane->broken;
}

// Returns the lane that reads the file with an id, and the file in it; null if none does.
std::pair<FollowedInputs::Lane*, FollowedInputs::Lane*> FollowedInputs::FindById(const FileId& id, const Lane* except) {
  for (Lane& lane : lanes_) {
    const bool has_begun = lane.done > 0 || lane.progress.read > 0 || lane.reader != nullptr;
    if (&lane != except && has_begun && lane.seen.id == id) return {&lane, &lane};
    for (Lane& file : lane.before) {
      if (&file != except && file.seen.id == id) return {&lane, &file};
    }
  }
  return {nullptr, nullptr};
}

InputProgress FollowedInputs::ProgressOf(const Lane& file) {
  InputProgress progress = file.reader != nullptr ? file.reader->progress() : file.progress;
  progress.inode = file.seen.id.inode;
  progress.before.clear();
  return progress;
}

InputProgress FollowedInputs::ProgressWithBefore(const Lane& lane) {
  InputProgress progress = ProgressOf(lane);
  for (const Lane& file : lane.before) progress.before.push_back(ProgressOf(file));
  return progress;
}

// Adds the progress of inputs whose files have moved: all of it in one place, so that one commit has all of it.
void FollowedInputs::AddMarks(Batch* batch) {
  for (const uint32_t input : std::exchange(moved_, {})) {
    batch->progress.push_back({input, ProgressWithBefore(lanes_[input]), batch->records.size()});
  }
}

}  // namespace leadpulse::input
