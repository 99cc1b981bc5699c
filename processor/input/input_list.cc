#include "processor/input/input_list.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "processor/base/clock.h"
#include "processor/input/followed_file.h"

namespace leadpulse::input {
namespace {

// A slow source does not hold back what came before it for longer.
constexpr std::chrono::milliseconds kMaxBatchTime{100};
// Bytes between two looks at whether to stop.
constexpr uint64_t kSkipAtOnce = 16 << 20;

// What a run takes for an input by its name, in the order of the names.
Result<std::vector<std::string>> InputsIn(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string path = entry->path().string();
    std::error_code unknown;  // what cannot be read is told when it is opened
    if (!entry->is_directory(unknown) && InputFormatOf(path).ok()) paths.push_back(path);
  }
  if (error) return Status::Fatal("the folder " + folder + " cannot be read: " + error.message());
  std::sort(paths.begin(), paths.end());
  if (!paths.empty()) return paths;
  return Status::Rejected("input " + folder +
                          ": is a directory without a file to read; the name of one ends with .jsonl or .pb, also "
                          "with .gz or .zst behind it");
}

}  // namespace

Result<std::vector<std::string>> FilesOf(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    const Result<std::vector<std::string>> inside = InputsIn(path);
    if (!inside.ok()) return inside.status();
    files.insert(files.end(), inside->begin(), inside->end());
  }
  return files;
}

Result<InputList> InputList::Open(const std::vector<std::string>& paths, int standard_input) {
  const Result<std::vector<std::string>> files = FilesOf(paths);
  if (!files.ok()) return files.status();
  InputList list;
  list.standard_input_ = standard_input;
  for (const std::string& file : *files) LP_RETURN_IF_ERROR(list.Add(file));
  return list;
}

Result<InputList> InputList::Follow(const std::string& path) {
  InputList list;
  list.follow_ = true;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    list.folder_ = path;
    Result<bool> extended = list.Extend();
    if (!extended.ok()) return extended.status();
  } else {
    LP_RETURN_IF_ERROR(list.Add(path));
  }
  return list;
}

Status InputList::Add(const std::string& path) {
  auto same = [&path](const Input& input) { return input.path == path; };
  if (std::any_of(inputs_.begin(), inputs_.end(), same)) return Status::Ok();
  Result<InputFormat> format = InputFormatOf(path);
  if (!format.ok()) return format.status();
  if (follow_ && (path == kStandardInput || format->compression != Compression::kNone)) {
    return Status::Rejected("input " + path + ": only .jsonl and .pb files that are not compressed can be followed");
  }
  Input input{path, *format, {}, 0};
  if (path != kStandardInput) {
    Result<std::unique_ptr<ByteSource>> source = OpenInput(path, Compression::kNone, standard_input_);
    if (!source.ok()) return source.status();
    Result<uint64_t> size = StoredSize(path);
    if (!size.ok()) return size.status();
    input.stored_size = *size;
  }
  inputs_.push_back(std::move(input));
  verified_.resize(inputs_.size());
  return Status::Ok();
}

// In the folder that is followed, by name.
Result<std::vector<std::string>> InputList::NewFiles() const {
  std::vector<std::string> paths;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder_, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string path = entry->path().string();
    if (!path.ends_with(".jsonl") && !path.ends_with(".pb")) continue;
    auto same = [&path](const Input& input) { return input.path == path; };
    if (std::none_of(inputs_.begin(), inputs_.end(), same)) paths.push_back(path);
  }
  if (error) return Status::Fatal("the folder " + folder_ + " cannot be read: " + error.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

Result<bool> InputList::Extend() {
  if (folder_.empty()) return false;
  const Result<std::vector<std::string>> paths = NewFiles();
  if (!paths.ok()) return paths.status();
  for (const std::string& path : *paths) LP_RETURN_IF_ERROR(Add(path));
  return !paths->empty();
}

Status InputList::Resume(const state::MetaReader& kept, const std::atomic<bool>& stop) {
  stop_ = &stop;
  for (size_t i = 0; i < inputs_.size() && !stopping(); ++i) {
    LP_RETURN_IF_ERROR(ResumeOne(&inputs_[i], kept, &verified_[i]));
  }
  return Status::Ok();
}

Status InputList::ResumeOne(Input* input, const state::MetaReader& kept, std::optional<VerifiedInput>* verified) {
  Result<std::optional<std::string>> stored = kept(InputProgressName(input->path));
  if (!stored.ok()) return stored.status();
  if (!stored->has_value()) return Status::Ok();
  Result<InputProgress> progress = DecodeInputProgress(input->path, **stored);
  if (!progress.ok()) return progress.status();
  input->progress = *progress;
  Result<std::unique_ptr<ByteSource>> source = OpenInput(input->path, input->format.compression, standard_input_);
  if (!source.ok()) return source.status();
  bool is_fed = input->path == kStandardInput;
  Result<std::optional<VerifiedInput>> result = VerifyInput(input->path, *progress, is_fed, *stop_, source->get());
  if (!result.ok()) return result.status();
  if (!result->has_value()) return Status::Ok();
  if (is_fed) fed_input_ = MakePrefixedSource(std::move((*result)->tail), std::move(*source));
  *verified = std::move(*result);
  return Status::Ok();
}

Status InputList::Fill(Batch* batch) {
  batch->Clear();
  auto deadline = MonotonicNow() + kMaxBatchTime;
  while (!batch->Full(batch->size())) {
    if (reader_ == nullptr) {
      if (stopping()) break;
      if (next_ == inputs_.size()) {
        batch->end_of_input = true;
        break;
      }
      Result<std::unique_ptr<InputReader>> reader = OpenReader(next_);
      if (!reader.ok()) return reader.status();
      reader_ = std::move(*reader);
      ++next_;
      if (reader_ == nullptr) {
        stored_bytes_done_ += inputs_[next_ - 1].stored_size;
        continue;
      }
    }
    Result<InputReader::Outcome> outcome = reader_->Fill(batch, deadline);
    if (!outcome.ok()) return outcome.status();
    if (*outcome == InputReader::Outcome::kMore) break;
    stored_bytes_done_ += reader_->stored_bytes_read();
    reader_.reset();
  }
  batch->stored_bytes_read = stored_bytes_done_ + (reader_ != nullptr ? reader_->stored_bytes_read() : 0);
  return Status::Ok();
}

// To where the reading resumes, or until stopped: what is compressed has to be decompressed up to there.
Status InputList::SkipTo(const Input& input, ByteSource* source) const {
  for (uint64_t done = 0; done < input.progress.resume && !stopping();) {
    Result<uint64_t> skipped = source->Skip(std::min(input.progress.resume - done, kSkipAtOnce));
    if (!skipped.ok()) return skipped.status();
    if (*skipped == 0) return Status::Fatal("input " + input.path + " became shorter just now");
    done += *skipped;
  }
  return Status::Ok();
}

// What is followed is open-ended until there is a later one.
Result<std::unique_ptr<ByteSource>> InputList::OpenSource(uint32_t index) const {
  const Input& input = inputs_[index];
  if (!follow_) return OpenInput(input.path, input.format.compression, standard_input_);
  const bool is_last = index + 1 == inputs_.size();
  return FollowFile(input.path, [this, is_last] {
    if (!is_last || folder_.empty()) return !is_last;
    const Result<std::vector<std::string>> later = NewFiles();
    return later.ok() && !later->empty();  // Extend says what is wrong with the folder
  });
}

// Null: there is nothing new in it, or the run is being stopped.
Result<std::unique_ptr<InputReader>> InputList::OpenReader(uint32_t index) {
  const Input& input = inputs_[index];
  std::optional<VerifiedInput>& verified = verified_[index];
  const bool open_ended = follow_ && index + 1 == inputs_.size();
  if (verified.has_value() && input.progress.finished && !verified->grown && !open_ended) {
    return std::unique_ptr<InputReader>();
  }
  std::unique_ptr<ByteSource> source;
  if (input.path == kStandardInput && fed_input_ != nullptr) {
    source = std::move(fed_input_);
  } else {
    Result<std::unique_ptr<ByteSource>> opened = OpenSource(index);
    if (!opened.ok()) return opened.status();
    source = std::move(*opened);
    LP_RETURN_IF_ERROR(SkipTo(input, source.get()));
    if (stopping()) return std::unique_ptr<InputReader>();
  }
  PrefixHash hash = verified.has_value() ? verified->before_resume : PrefixHash();
  verified.reset();
  return std::make_unique<InputReader>(index, input.format.records, input.progress, hash, std::move(source));
}

std::optional<uint64_t> InputList::stored_size() const {
  uint64_t sum = 0;
  for (const Input& input : inputs_) {
    if (input.path == kStandardInput) return std::nullopt;
    sum += input.stored_size;
  }
  return sum;
}

}  // namespace leadpulse::input
