#include <algorithm>
#include <chrono>
#include <map>
#include <utility>
#include <vector>

#include "processor/kafka/record_encoding.h"
#include "schemas/codec/dead_letter_reader.h"
#include "tools/leadpulse/lead/command_outcome.h"

namespace leadpulse::tools {
namespace {

// Timeout for the dead letters of one look.
constexpr std::chrono::milliseconds kReadTimeout{200};

bool IsAbout(const codec::StoredDeadLetter& letter, const codec::SourcePosition& at) {
  return letter.source.topic == at.topic && letter.source.partition == at.partition &&
         letter.source.offset == at.offset;
}

// A live run commits the offset after a command in the transaction that has its dead letter. So the outcome is known
// once the group has passed the command: refused if a dead letter names it; else applied, or dropped as a record from
// before an erasure.
class TopicCommandWatch : public CommandWatch {
 public:
  TopicCommandWatch(std::unique_ptr<kafka::GroupLag> group, kafka::DeadLetterTopic letters, config::RecordFormat format)
      : group_(std::move(group)), letters_(std::move(letters)), format_(kafka::OutputFormatOf(format)) {}

  Status Begin() {
    // Asked now, so that a missing right is reported before anything is written. A coordinator that moves answers
    // later.
    Status asked = group_->HasPassed({kafka::InputTopic::kCommands, PartitionId{0}}, 0).status();
    if (!asked.ok() && asked.kind() != ErrorKind::kRetriable) return asked;
    const auto bounds = letters_.reader->Bounds(letters_.partitions);
    if (!bounds.ok()) return bounds.status().kind() == ErrorKind::kRetriable ? Status::Ok() : bounds.status();
    for (const auto& [partition, offsets] : *bounds) from_[partition] = offsets.end;
    return Status::Ok();
  }

  Result<query::RecordOutcome> Look(const codec::Command& /*command*/, const codec::SourcePosition& at) override {
    if (at.offset < 0) return Status::Rejected("the brokers do not say at which offset it is");
    if (!passed_) {
      const PartitionId partition{static_cast<uint32_t>(at.partition)};
      LP_ASSIGN_OR_RETURN(const bool passed, group_->HasPassed({kafka::InputTopic::kCommands, partition}, at.offset));
      if (!passed) return query::RecordOutcome();
      LP_RETURN_IF_ERROR(ReadToTheEnd());
      passed_ = true;
    }
    if (!until_.empty()) {
      LP_ASSIGN_OR_RETURN(std::optional<query::RecordRefusal> refusal, RefusalOf(at));
      if (refusal.has_value()) return query::RecordOutcome{.is_read = true, .refusal = std::move(refusal)};
      if (!until_.empty()) return query::RecordOutcome();
    }
    LP_RETURN_IF_ERROR(unreadable_);
    return query::RecordOutcome{.is_read = true};
  }

  std::string Advice() const override {
    return "see that the live run works (leadpulse doctor), then say the same again with this --command-id: it changes "
           "nothing twice";
  }

 private:
  // Starts reading the dead letters to their end. The group's offsets may show a transaction's end slightly before the
  // dead letters do. So the end includes open transactions, and is reached once these have ended.
  Status ReadToTheEnd() {
    LP_ASSIGN_OR_RETURN(const auto bounds, letters_.reader->Bounds(letters_.partitions));
    for (const auto& [partition, offsets] : bounds) {
      const int64_t from = std::max(from_[partition], offsets.begin);
      if (from >= offsets.end) continue;
      LP_RETURN_IF_ERROR(letters_.reader->Start(partition, from));
      until_[partition] = offsets.end;
    }
    return Status::Ok();
  }

  // Reads on once.
  Result<std::optional<query::RecordRefusal>> RefusalOf(const codec::SourcePosition& at) {
    kafka::ChangelogPiece piece;
    LP_RETURN_IF_ERROR(letters_.reader->Read(kReadTimeout, &piece));
    for (const kafka::ChangelogRecord& record : piece.records) {
      const auto letter = codec::ReadDeadLetter(record.value.value_or(""), format_);
      if (!letter.ok()) {
        unreadable_ = letter.status();
      } else if (IsAbout(*letter, at)) {
        return std::optional(query::RecordRefusal{letter->reason, letter->detail});
      }
    }
    for (const auto& [partition, next] : piece.reached) {
      const auto open = until_.find(partition);
      if (open == until_.end() || next < open->second) continue;
      until_.erase(open);
      letters_.reader->Stop(partition);
    }
    return std::optional<query::RecordRefusal>();
  }

  const std::unique_ptr<kafka::GroupLag> group_;
  const kafka::DeadLetterTopic letters_;
  const codec::OutputFormat format_;
  std::map<PartitionId, int64_t> from_;   // where to begin; at the beginning where the end was not known
  bool passed_ = false;                   // the group has read the command
  std::map<PartitionId, int64_t> until_;  // by partition, the end to which dead letters must still be read
  Status unreadable_;                     // a dead letter was not in the topic's format
};

}  // namespace

Result<std::unique_ptr<CommandWatch>> WatchTopic(std::unique_ptr<kafka::GroupLag> group, kafka::DeadLetterTopic letters,
                                                 config::RecordFormat format) {
  auto watch = std::make_unique<TopicCommandWatch>(std::move(group), std::move(letters), format);
  LP_RETURN_IF_ERROR(watch->Begin());
  return std::unique_ptr<CommandWatch>(std::move(watch));
}

}  // namespace leadpulse::tools
