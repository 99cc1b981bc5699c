#include "processor/files/input/input_list.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "processor/base/clock.h"
#include "processor/files/input/followed_file.h"

namespace leadpulse::input {
namespace {

// The bytes between two checks whether to stop.
constexpr uint64_t kSkipAtOnce = 16 << 20;

}  // namespace

Result<std::vector<std::string>> FilesOf(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    LP_ASSIGN_OR_RETURN(const FolderContents inside, InputsIn(path));
    for (const std::string& other : inside.others) WarnOfSkipped(other);
    if (inside.files.empty()) {
      return Status::Rejected("input " + path +
                              ": is a directory without a file to read; the name of one ends with .jsonl or .pb, also "
                              "with .gz or .zst behind it");
    }
    files.insert(files.end(), inside.files.begin(), inside.files.end());
  }
  return files;
}

Result<InputList> InputList::Open(const std::vector<std::string>& paths, int standard_input) {
  LP_ASSIGN_OR_RETURN(const std::vector<std::string> files, FilesOf(paths));
  InputList list(standard_input);
  const std::unordered_set<std::string> given(paths.begin(), paths.end());
  for (const std::string& file : files) {
    LP_RETURN_IF_ERROR(list.Add(file, given.contains(file) ? Links::kFollow : Links::kRefuse).status());
  }
  return list;
}

Result<uint32_t> InputList::Add(const std::string& path, Links links, bool may_be_missing) {
  if (const auto found = index_.find(path); found != index_.end()) return found->second;
  LP_ASSIGN_OR_RETURN(InputFormat format, InputFormatOf(path));
  Input input{path, format, {}, 0, links};
  if (path != kStandardInput && !may_be_missing) {
    LP_RETURN_IF_ERROR(OpenInput(path, Compression::kNone, standard_input_, links).status());
    LP_ASSIGN_OR_RETURN(input.stored_size, StoredSize(path, links));
  }
  const auto index = static_cast<uint32_t>(inputs_.size());
  index_.emplace(path, index);
  inputs_.push_back(std::move(input));
  verified_.resize(inputs_.size());
  return index;
}

Status InputList::Resume(const state::MetaReader& kept, const std::atomic<bool>& stop) {
  stop_ = &stop;
  for (uint32_t i = 0; i < inputs_.size() && !stopping(); ++i) LP_RETURN_IF_ERROR(ResumeOne(i, kept));
  return Status::Ok();
}

Status InputList::ResumeOne(uint32_t index, const state::MetaReader& kept) {
  Input* input = &inputs_[index];
  LP_ASSIGN_OR_RETURN(std::optional<std::string> stored, kept(InputProgressName(input->path)));
  if (!stored.has_value()) return Status::Ok();
  LP_ASSIGN_OR_RETURN(InputProgress progress, DecodeInputProgress(input->path, *stored));
  input->progress = progress;
  LP_ASSIGN_OR_RETURN(auto source, OpenInput(input->path, input->format.compression, standard_input_, input->links));
  bool is_fed = input->path == kStandardInput;
  LP_ASSIGN_OR_RETURN(auto result, VerifyInput(input->path, progress, is_fed, *stop_, source.get()));
  if (!result.has_value()) return Status::Ok();
  if (is_fed) fed_input_ = MakePrefixedSource(std::move(result->tail), std::move(source));
  verified_[index] = std::move(result);
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
      LP_ASSIGN_OR_RETURN(reader_, OpenReader(next_));
      ++next_;
      if (reader_ == nullptr) {
        stored_bytes_done_ += inputs_[next_ - 1].stored_size;
        continue;
      }
    }
    LP_ASSIGN_OR_RETURN(InputReader::Outcome outcome, reader_->Fill(batch, deadline));
    if (outcome == InputReader::Outcome::kMore) break;
    stored_bytes_done_ += reader_->stored_bytes_read();
    reader_.reset();
  }
  batch->stored_bytes_read = stored_bytes_done_ + (reader_ != nullptr ? reader_->stored_bytes_read() : 0);
  return Status::Ok();
}

// Skips to `progress.resume`: decompresses a compressed input up to there.
Status InputList::SkipTo(const std::string& path, const InputProgress& progress, ByteSource* source) const {
  for (uint64_t done = 0; done < progress.resume && !stopping();) {
    Result<uint64_t> skipped = source->Skip(std::min(progress.resume - done, kSkipAtOnce));
    const bool at_its_end = !skipped.ok() && skipped.status().kind() == ErrorKind::kRetriable;
    if (!skipped.ok() && !at_its_end) return skipped.status();
    if (at_its_end || *skipped == 0) return Status::Fatal("input " + path + " became shorter just now");
    done += *skipped;
  }
  return Status::Ok();
}

// Opens a reader. Returns null if there is nothing new in the input, or the run is being stopped.
Result<std::unique_ptr<InputReader>> InputList::OpenReader(uint32_t index) {
  const Input& input = inputs_[index];
  std::optional<VerifiedInput>& verified = verified_[index];
  if (verified.has_value() && input.progress.finished && !verified->grown) return std::unique_ptr<InputReader>();
  std::unique_ptr<ByteSource> source;
  if (input.path == kStandardInput && fed_input_ != nullptr) {
    source = std::move(fed_input_);
  } else {
    LP_ASSIGN_OR_RETURN(source, OpenInput(input.path, input.format.compression, standard_input_, input.links));
    LP_RETURN_IF_ERROR(SkipTo(input.path, input.progress, source.get()));
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
