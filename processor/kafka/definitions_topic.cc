#include "processor/kafka/definitions_topic.h"

#include <utility>
#include <vector>

#include "processor/telemetry/logging.h"

namespace leadpulse::kafka {
namespace {

using std::chrono::milliseconds;

constexpr PartitionId kOnlyPartition{0};
constexpr milliseconds kReadSlice{100};
// An attempt may wait for the brokers and would block the process too often.
constexpr milliseconds kBeginInterval{10'000};

}  // namespace

// ---- DefinitionsTopic -----------------------------------------------------------------------------------------------

Status DefinitionsTopic::Begin() {
  next_attempt_ = clock_->Monotonic() + kBeginInterval;
  LP_ASSIGN_OR_RETURN(const LogBounds bounds, reader_->Bounds(kOnlyPartition));
  LP_RETURN_IF_ERROR(reader_->Start(kOnlyPartition, bounds.begin));
  position_ = bounds.begin;
  end_at_begin_ = bounds.end;
  reading_ = true;
  return Status::Ok();
}

Status DefinitionsTopic::Read(milliseconds wait, const Visit& visit) {
  std::vector<ChangelogRecord> records;
  const Result<int64_t> position = reader_->Read(wait, &records);
  if (!position.ok() && position.status().kind() == ErrorKind::kFatal) {
    reader_->Stop();
    reading_ = false;
  }
  if (!position.ok()) return position.status();
  position_ = *position;
  for (const ChangelogRecord& record : records) {
    if (record.key != kPublishedDefinitionsKey) {
      telemetry::LogWarning(name_ + " has a record under another key than `" + std::string(kPublishedDefinitionsKey) +
                                "` at offset " + std::to_string(record.offset) + "; it is ignored",
                            {telemetry::TopicField(name_), telemetry::OffsetField(record.offset)});
      continue;
    }
    PublishedDefinitions published{{cluster_id_, name_, record.offset, record.time}, std::nullopt};
    if (record.value.has_value()) published.text = std::string(*record.value);
    visit(std::move(published));
  }
  return Status::Ok();
}

Status DefinitionsTopic::ReadToEnd(milliseconds bound, const std::atomic<bool>& stop, const Visit& visit) {
  const auto deadline = clock_->Monotonic() + bound;
  if (!reading_) LP_RETURN_IF_ERROR(Begin());
  LP_ASSIGN_OR_RETURN(const LogBounds bounds, reader_->Bounds(kOnlyPartition));
  Status last_problem;
  while (position_ < bounds.end) {
    if (stop) return Status::Retriable("stopped while reading " + name_);
    if (clock_->Monotonic() > deadline) {
      return Status::Retriable("could not read " + name_ + " to its end: it is at offset " + std::to_string(position_) +
                               " of " + std::to_string(bounds.end) +
                               (last_problem.ok() ? std::string() : "; " + last_problem.message()));
    }
    const Status read = Read(kReadSlice, visit);
    if (read.ok()) continue;
    last_problem = read;
    if (last_problem.kind() == ErrorKind::kFatal) return last_problem;
  }
  return Status::Ok();
}

Status DefinitionsTopic::ReadMore(const Visit& visit) {
  if (!reading_) {
    if (clock_->Monotonic() < next_attempt_) return Status::Ok();
    LP_RETURN_IF_ERROR(Begin());
  }
  return Read(milliseconds(0), visit);
}

// ---- NewestDefinitions ----------------------------------------------------------------------------------------------

void NewestDefinitions::Take(const PublishedDefinitions& published) {
  holds_records_ = true;
  if (newest_ && engine::WasPublishedBefore(published.origin, *newest_->origin)) return;
  if (newest_ && published.origin == *newest_->origin) return;
  const std::string name = published.origin.topic + " at offset " + std::to_string(published.origin.offset);
  if (!published.text.has_value()) {
    telemetry::LogWarning(
        name + " is a tombstone and is ignored: a run cannot do without definitions",
        {telemetry::TopicField(published.origin.topic), telemetry::OffsetField(published.origin.offset)});
    return;
  }
  std::shared_ptr<const config::Definitions> definitions =
      newest_ && newest_->definitions->text == *published.text ? newest_->definitions : load_(name, *published.text);
  if (definitions == nullptr) return;
  newest_ = WantedDefinitions{std::move(definitions), published.origin};
  given_ = false;
}

Result<std::optional<WantedDefinitions>> NewestDefinitions::ReadToEnd(milliseconds bound,
                                                                      const std::atomic<bool>& stop) {
  LP_RETURN_IF_ERROR(
      topic_->ReadToEnd(bound, stop, [this](const PublishedDefinitions& published) { Take(published); }));
  given_ = true;
  return newest_;
}

Result<std::optional<WantedDefinitions>> NewestDefinitions::Look() {
  LP_RETURN_IF_ERROR(topic_->ReadMore([this](const PublishedDefinitions& published) { Take(published); }));
  if (given_ || !topic_->caught_up()) return std::optional<WantedDefinitions>();
  given_ = true;
  return newest_;
}

}  // namespace leadpulse::kafka
