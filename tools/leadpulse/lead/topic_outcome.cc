#include "tools/leadpulse/lead/topic_outcome.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "leadpulse/v1/dead_letter.pb.h"
#include "processor/base/text.h"
#include "schemas/codec/confluent_framing.h"

namespace leadpulse::tools {
namespace {

// For the dead letters of one look.
constexpr std::chrono::milliseconds kReadPatience{200};

bool Decode(config::RecordFormat format, std::string_view value, v1::DeadLetter* letter) {
  if (format == config::RecordFormat::kJson) {
    google::protobuf::util::JsonParseOptions options;
    options.ignore_unknown_fields = true;  // a newer run may write more fields
    return google::protobuf::util::JsonStringToMessage({value.data(), value.size()}, letter, options).ok();
  }
  if (format == config::RecordFormat::kConfluent) {
    const Result<codec::ConfluentFrame> frame = codec::ReadConfluentFrame(value);
    if (!frame.ok()) return false;
    value = frame->message;
  }
  return letter->ParseFromArray(value.data(), static_cast<int>(value.size()));
}

bool IsAbout(const v1::DeadLetter& letter, const codec::SourcePosition& at) {
  const v1::DeadLetter::Position& source = letter.source();
  return source.topic() == at.topic && source.partition() == at.partition && source.offset() == at.offset;
}

}  // namespace

TopicOutcomeWatch::TopicOutcomeWatch(std::unique_ptr<kafka::GroupLag> group,
                                     std::unique_ptr<kafka::ChangelogReader> dead_letters,
                                     std::vector<PartitionId> partitions, config::RecordFormat format)
    : group_(std::move(group)),
      dead_letters_(std::move(dead_letters)),
      partitions_(std::move(partitions)),
      format_(format) {}

Result<std::unique_ptr<OutcomeWatch>> TopicOutcomeWatch::Make(std::unique_ptr<kafka::GroupLag> group,
                                                              std::unique_ptr<kafka::ChangelogReader> dead_letters,
                                                              std::vector<PartitionId> partitions,
                                                              config::RecordFormat format) {
  std::unique_ptr<TopicOutcomeWatch> watch(
      new TopicOutcomeWatch(std::move(group), std::move(dead_letters), std::move(partitions), format));
  LP_RETURN_IF_ERROR(watch->Begin());
  return std::unique_ptr<OutcomeWatch>(std::move(watch));
}

Status TopicOutcomeWatch::Begin() {
  // Asked now, so that a missing right is reported before anything is written.
  LP_RETURN_IF_ERROR(group_->HasPassed({kafka::InputTopic::kCommands, PartitionId{0}}, 0).status());
  LP_ASSIGN_OR_RETURN(const auto bounds, dead_letters_->Bounds(partitions_));
  for (const auto& [partition, offsets] : bounds) from_[partition] = offsets.end;
  return Status::Ok();
}

// A transaction's end shows in the group's offsets first, perhaps, and in the dead letters a moment later. Their end is
// therefore that of open transactions too, and is reached once these have ended.
Status TopicOutcomeWatch::ReadToTheEnd() {
  LP_ASSIGN_OR_RETURN(const auto bounds, dead_letters_->Bounds(partitions_));
  for (const auto& [partition, offsets] : bounds) {
    const int64_t from = std::max(from_[partition], offsets.begin);
    if (from >= offsets.end) continue;
    LP_RETURN_IF_ERROR(dead_letters_->Start(partition, from));
    until_[partition] = offsets.end;
  }
  return Status::Ok();
}

Result<std::optional<CommandOutcome>> TopicOutcomeWatch::Look(const codec::Command& /*command*/,
                                                              const codec::SourcePosition& at) {
  if (at.offset < 0) return Status::Rejected("the brokers do not say at which offset it is");
  if (!passed_) {
    const PartitionId partition{static_cast<uint32_t>(at.partition)};
    LP_ASSIGN_OR_RETURN(const bool passed, group_->HasPassed({kafka::InputTopic::kCommands, partition}, at.offset));
    if (!passed) return std::optional<CommandOutcome>();
    LP_RETURN_IF_ERROR(ReadToTheEnd());
    passed_ = true;
  }
  if (!until_.empty()) {
    LP_ASSIGN_OR_RETURN(std::optional<std::string> refusal, RefusalOf(at));
    if (refusal.has_value()) return std::optional(CommandOutcome{false, *std::move(refusal)});
    if (!until_.empty()) return std::optional<CommandOutcome>();
  }
  LP_RETURN_IF_ERROR(unreadable_);
  return std::optional(CommandOutcome{true, ""});
}

// Reads on once.
Result<std::optional<std::string>> TopicOutcomeWatch::RefusalOf(const codec::SourcePosition& at) {
  kafka::ChangelogPiece piece;
  LP_RETURN_IF_ERROR(dead_letters_->Read(kReadPatience, &piece));
  for (const kafka::ChangelogRecord& record : piece.records) {
    v1::DeadLetter letter;
    if (!Decode(format_, record.value.value_or(""), &letter)) {
      unreadable_ = Status::Rejected("a dead letter is not in the format that formats.dead_letters says");
    } else if (IsAbout(letter, at)) {
      return std::optional(AsciiLower(v1::DeadLetter::Reason_Name(letter.reason())) + ": " + letter.detail());
    }
  }
  for (const auto& [partition, next] : piece.reached) {
    const auto open = until_.find(partition);
    if (open == until_.end() || next < open->second) continue;
    until_.erase(open);
    dead_letters_->Stop(partition);
  }
  return std::optional<std::string>();
}

std::string TopicOutcomeWatch::Advice() const {
  return "see that the live run works (leadpulse doctor), then say the same again with this --command-id: it changes "
         "nothing twice";
}

}  // namespace leadpulse::tools
