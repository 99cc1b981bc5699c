// History in files, as `leadpulse run` reads them, and in folders of such files.
#include <algorithm>
#include <map>
#include <string_view>
#include <utility>
#include <variant>

#include "processor/files/input/batch.h"
#include "processor/files/input/batch_decoder.h"
#include "processor/files/input/input_format.h"
#include "processor/files/input/input_list.h"
#include "processor/files/input/input_progress.h"
#include "processor/replay/history_source.h"
#include "processor/replay/record_line.h"

namespace leadpulse::replay {
namespace {

class FileHistory : public HistorySource {
 public:
  FileHistory(input::InputList inputs, const std::atomic<bool>& stop)
      : inputs_(std::move(inputs)), stop_(stop), progress_(inputs_.inputs().size()) {}

  Status Resume(const std::string& position) override {
    std::map<std::string, std::string, std::less<>> kept;
    for (size_t begin = 0; begin < position.size();) {
      const size_t end = std::min(position.find('\n', begin), position.size());
      const std::string line = position.substr(begin, end - begin);
      const size_t path = line.find('\t');
      if (path == std::string::npos) return Status::Rejected("the checkpoint's position is not one in files");
      kept.emplace(line.substr(path + 1), line.substr(0, path));
      begin = end + 1;
    }
    for (size_t i = 0; i < inputs_.inputs().size(); ++i) {
      const auto found = kept.find(inputs_.inputs()[i].path);
      if (found == kept.end()) continue;
      LP_ASSIGN_OR_RETURN(progress_[i], input::DecodeInputProgress(found->first, found->second));
    }
    resumed_ = true;
    return inputs_.Resume(
        [&kept](std::string_view name) -> Result<std::optional<std::string>> {
          const auto found = kept.find(*input::InputOfProgressName(name));
          return found == kept.end() ? std::nullopt : std::optional(found->second);
        },
        stop_);
  }

  Status Next(size_t most, HistoryBatch* batch) override {
    batch->records.clear();
    if (!resumed_) {
      resumed_ = true;
      LP_RETURN_IF_ERROR(
          inputs_.Resume([](std::string_view) -> Result<std::optional<std::string>> { return {std::nullopt}; }, stop_));
    }
    if (most_ != most) raw_.emplace(most_ = most);
    LP_RETURN_IF_ERROR(inputs_.Fill(&*raw_));
    json_lines_.clear();
    json_lines_.reserve(raw_->records.size());  // records refer to them
    size_t broken = 0;
    for (const input::RawRecord& raw : raw_->records) TakeRecord(raw, &broken, batch);
    for (const input::BatchMark& mark : raw_->progress) {
      progress_[mark.input] = mark.progress;
      reading_ = mark.input;
    }
    stored_bytes_read_ = raw_->stored_bytes_read;
    batch->ended = raw_->end_of_input;
    return Status::Ok();
  }

  std::string Position() const override {
    std::string text;
    for (size_t i = 0; i < progress_.size(); ++i) {
      if (!progress_[i]) continue;
      text += input::EncodeInputProgress(*progress_[i]) + "\t" + inputs_.inputs()[i].path + "\n";
    }
    return text;
  }

  std::optional<double> Fraction() const override {
    const std::optional<uint64_t> size = inputs_.stored_size();
    if (size.value_or(0) == 0) return std::nullopt;
    uint64_t finished = 0;
    uint64_t begun = 0;
    for (size_t i = 0; i < progress_.size(); ++i) {
      if (!progress_[i]) continue;
      const input::Input& input = inputs_.inputs()[i];
      if (progress_[i]->finished) {
        finished += input.stored_size;
      } else if (input.format.compression == input::Compression::kNone) {
        // What was read ahead is not sent yet, and a slow replay of a small file reads all of it ahead.
        begun = progress_[i]->resume;
      } else {
        begun = stored_bytes_read_ - std::min(stored_bytes_read_, finished);
      }
    }
    return static_cast<double>(finished + begun) / static_cast<double>(*size);
  }

  std::string Reading() const override { return reading_ ? inputs_.inputs()[*reading_].path : ""; }

 private:
  void TakeRecord(const input::RawRecord& raw, size_t* broken, HistoryBatch* batch) {
    const input::Input& input = inputs_.inputs()[raw.input];
    HistoryRecord& record = batch->records.emplace_back();
    record.position = {input.path, 0, static_cast<int64_t>(raw.offset), raw.line};
    if (raw.kind == input::RawKind::kBroken) {
      record.decoded = codec::Rejection{codec::Reason::kMalformed, raw_->broken_details[(*broken)++]};
      return;
    }
    // The receiver of the record decides whether its time is in the future.
    input::DecodeRaw(raw, input.format.records, {}, &decoders_, &record.decoded);
    if (input.format.records == input::FileFormat::kJsonLines) {
      record.json = raw.bytes;
    } else if (!std::holds_alternative<codec::Rejection>(record.decoded)) {
      record.json = json_lines_.emplace_back(JsonOfMessage(raw.bytes));
    }
  }

  input::InputList inputs_;
  const std::atomic<bool>& stop_;
  bool resumed_ = false;
  std::optional<input::Batch> raw_;
  size_t most_ = 0;                      // the number of records that raw_ can hold
  std::vector<std::string> json_lines_;  // lines for the batch's records that were not read as JSON
  input::InputDecoders decoders_;
  std::vector<std::optional<input::InputProgress>> progress_;  // by input; nullopt: not read yet
  std::optional<uint32_t> reading_;
  uint64_t stored_bytes_read_ = 0;
};

}  // namespace

Result<std::unique_ptr<HistorySource>> OpenFileHistory(const std::vector<std::string>& paths, int standard_input,
                                                       const std::atomic<bool>& stop) {
  LP_ASSIGN_OR_RETURN(const std::vector<std::string> files, input::FilesOf(paths));
  for (const std::string& file : files) {
    // A position is lines with one path each.
    if (file.find('\n') != std::string::npos) return Status::Rejected("the name " + file + " has a line end in it");
  }
  LP_ASSIGN_OR_RETURN(input::InputList inputs, input::InputList::Open(files, standard_input));
  return std::unique_ptr<HistorySource>(std::make_unique<FileHistory>(std::move(inputs), stop));
}

}  // namespace leadpulse::replay
