#include "tools/leadpulse/dead_letters/dead_letter_source.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <utility>

#include "processor/base/clock.h"

namespace leadpulse::tools {
namespace {

constexpr const char* kFileName = "dead-letters.jsonl";
// Timeout of one read; and how long nothing may come before reading ends with an error.
constexpr std::chrono::milliseconds kPieceTimeout{200};
constexpr std::chrono::seconds kSilence{30};

class DeadLetterFile : public DeadLetterSource {
 public:
  explicit DeadLetterFile(std::string path) : path_(std::move(path)) {}

  Status Read(const std::function<Status(const FoundLetter& found)>& visit) override {
    std::ifstream file(path_, std::ios::binary);
    uint64_t number = 0;
    // A last line without its end is being written, or was left by a kill: the run writes it again.
    for (std::string line; number < lines_ && std::getline(file, line) && !file.eof();) {
      ++number;
      Result<codec::StoredDeadLetter> letter = codec::ReadDeadLetterLine(line);
      if (!letter.ok()) {
        return Status::Rejected(path_ + ": line " + std::to_string(number) + " is no dead letter; give the " +
                                kFileName + " of a run, in its output directory");
      }
      LP_RETURN_IF_ERROR(visit({std::move(*letter), "", std::nullopt}));
    }
    if (file.bad()) return Status::Fatal(path_ + " cannot be read: " + strerror(errno));
    lines_ = number;
    return Status::Ok();
  }
  uint64_t unreadable() const override { return 0; }

 private:
  const std::string path_;
  uint64_t lines_ = std::numeric_limits<uint64_t>::max();  // once read: those of the first time
};

class TopicOfDeadLetters : public DeadLetterSource {
 public:
  TopicOfDeadLetters(kafka::DeadLetterTopic topic, codec::OutputFormat format)
      : topic_(std::move(topic)), format_(format) {}

  Status Read(const std::function<Status(const FoundLetter& found)>& visit) override {
    unreadable_ = 0;
    LP_RETURN_IF_ERROR(Start());
    auto last = MonotonicNow();
    while (!until_.empty()) {
      kafka::ChangelogPiece piece;
      Status status = topic_.reader->Read(kPieceTimeout, &piece);
      if (!status.ok() && status.kind() != ErrorKind::kRetriable) return status;
      if (Stop(piece) || !piece.records.empty()) last = MonotonicNow();
      for (const kafka::ChangelogRecord& record : piece.records) LP_RETURN_IF_ERROR(Take(record, visit));
      if (MonotonicNow() - last > kSilence) {
        return status.ok()
                   ? Status::Retriable("the brokers send no dead letters: see that they are well, and try again")
                   : status;
      }
    }
    topic_.reader->Stop();
    return Status::Ok();
  }
  uint64_t unreadable() const override { return unreadable_; }

 private:
  // Begins all partitions that have something, up to the ends of the first time.
  Status Start() {
    until_.clear();
    topic_.reader->Stop();
    LP_ASSIGN_OR_RETURN(const auto bounds, topic_.reader->Bounds(topic_.partitions));
    for (const auto& [partition, offsets] : bounds) {
      const int64_t end = ends_.try_emplace(partition, offsets.end).first->second;
      if (offsets.begin >= end) continue;
      LP_RETURN_IF_ERROR(topic_.reader->Start(partition, offsets.begin));
      until_[partition] = end;
    }
    return Status::Ok();
  }

  // Ends the partitions that are read. Returns whether one advanced.
  bool Stop(const kafka::ChangelogPiece& piece) {
    bool advanced = false;
    for (const auto& [partition, next] : piece.reached) {
      advanced = std::exchange(reached_[partition], next) != next || advanced;
      const auto open = until_.find(partition);
      if (open == until_.end() || next < open->second) continue;
      until_.erase(open);
      if (!until_.empty()) topic_.reader->Stop(partition);
    }
    return advanced;
  }

  Status Take(const kafka::ChangelogRecord& record, const std::function<Status(const FoundLetter& found)>& visit) {
    if (record.offset >= ends_.at(record.partition) || !record.value.has_value()) return Status::Ok();
    Result<codec::StoredDeadLetter> letter = codec::ReadDeadLetter(*record.value, format_);
    if (letter.ok()) return visit({std::move(*letter), std::string(record.key), record.time});
    ++unreadable_;
    return Status::Ok();
  }

  const kafka::DeadLetterTopic topic_;
  const codec::OutputFormat format_;
  std::map<PartitionId, int64_t> ends_;     // of the first time, so that a later reading has the same dead letters
  std::map<PartitionId, int64_t> until_;    // where each open partition ends
  std::map<PartitionId, int64_t> reached_;  // the next offset of each partition
  uint64_t unreadable_ = 0;
};

}  // namespace

std::string OriginOf(const codec::SourcePosition& source) {
  if (source.line > 0) return source.topic + ":" + std::to_string(source.line);
  return source.topic + "/" + std::to_string(source.partition) + "=" + std::to_string(source.offset);
}

Result<std::unique_ptr<DeadLetterSource>> OpenDeadLetterFile(const std::string& path) {
  std::error_code error;
  const std::string file =
      std::filesystem::is_directory(path, error) ? (std::filesystem::path(path) / kFileName).string() : path;
  if (!std::ifstream(file, std::ios::binary)) {
    return Status::Rejected(file + " cannot be read: " + strerror(errno) + "; give the " + kFileName +
                            " of a run, or its output directory");
  }
  return std::unique_ptr<DeadLetterSource>(std::make_unique<DeadLetterFile>(file));
}

std::unique_ptr<DeadLetterSource> ReadDeadLettersFrom(kafka::DeadLetterTopic topic, codec::OutputFormat format) {
  return std::make_unique<TopicOfDeadLetters>(std::move(topic), format);
}

}  // namespace leadpulse::tools
