#include "processor/archive/archiver.h"

#include <algorithm>
#include <map>
#include <utility>

#include "processor/telemetry/logging.h"

namespace leadpulse::archive {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Longest wait before `stop` is checked again.
constexpr milliseconds kWait{200};
// Size and age at which records are appended and made durable; also done when no more come.
constexpr size_t kEntryBytes = 4 << 20;
constexpr seconds kEntryAge{1};
constexpr seconds kProgressEvery{10};
// Interval of checks for new partitions, with `follow`.
constexpr seconds kLookEvery{10};
// The longest time without an answer from the brokers, without `follow`.
constexpr seconds kTimeout{60};

v1::ArchivedRecord ToArchived(const PlaceKey& key, const kafka::LogRecord& record) {
  v1::ArchivedRecord archived;
  archived.set_topic(key.topic);
  archived.set_partition(key.partition);
  archived.set_offset(record.offset);
  if (record.time) archived.set_time_ms(record.time->millis);
  if (record.key) archived.set_key(std::string(*record.key));
  if (record.value) archived.set_value(std::string(*record.value));
  for (const kafka::LogHeader& header : record.headers) {
    v1::ArchivedHeader* kept = archived.add_headers();
    kept->set_name(std::string(header.name));
    if (header.value) kept->set_value(std::string(*header.value));
  }
  return archived;
}

void Set(v1::ArchivedRange* range, const PlaceKey& key, int64_t from, int64_t until) {
  range->set_topic(key.topic);
  range->set_partition(key.partition);
  range->set_from(from);
  range->set_until(until);
}

class Archiver {
 public:
  Archiver(const ArchiveOptions& options, const TopicNames& topics, ArchiveFolder* folder, const Clock& clock,
           const std::atomic<bool>& stop)
      : options_(options), topics_(topics), folder_(folder), clock_(clock), stop_(stop) {
    begun_ = appended_ = told_ = segment_begun_ = last_answer_ = looked_ = clock.Monotonic();
  }

  Result<ArchiveSummary> Run(std::unique_ptr<kafka::TopicLog> log) {
    LP_RETURN_IF_ERROR(Begin(std::move(log)));
    while (!stop_ && !reader_->done()) LP_RETURN_IF_ERROR(Round());
    LP_RETURN_IF_ERROR(Flush());
    LP_RETURN_IF_ERROR(folder_->EndSegment());
    summary_.stopped = !reader_->done();
    return summary_;
  }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  PlaceKey KeyOfPlace(kafka::TopicPlace place) const {
    return {topics_[static_cast<size_t>(place.topic)], static_cast<int32_t>(place.partition.value)};
  }

  Status Begin(std::unique_ptr<kafka::TopicLog> log) {
    kafka::TopicRange range;
    if (!options_.follow) {
      range.until = options_.until.value_or(kafka::RangePoint{kafka::RangePoint::Kind::kEnd, {}, {}});
    }
    begins_ = folder_->positions().empty();
    // A partition that is new to an existing archive is archived whole.
    if (begins_) range.from = options_.from;
    for (size_t topic = 0; topic < topics_.size(); ++topic) {
      for (const auto& [key, to] : folder_->positions()) {
        if (key.topic != topics_[topic]) continue;
        const kafka::TopicPlace place{static_cast<engine::InputTopic>(topic),
                                      PartitionId{static_cast<uint32_t>(key.partition)}};
        range.from.offsets[place] = to.last.value_or(to.next);
        if (to.last) to_be_seen_[place] = to;
      }
    }
    Result<std::unique_ptr<kafka::TopicRangeReader>> reader = kafka::TopicRangeReader::Make(std::move(log), range);
    if (!reader.ok() && reader.status().kind() == ErrorKind::kRejected) {
      return Status::Rejected(reader.status().message() + ". What is archived stays as it is; archive to a new folder");
    }
    if (!reader.ok()) return reader.status();
    reader_ = std::move(*reader);
    LP_RETURN_IF_ERROR(CheckAllAreThere());
    BeginNewPlaces();
    return Status::Ok();
  }

  void BeginNewPlaces() {
    for (const auto& [place, offsets] : reader_->ranges()) {
      const PlaceKey key = KeyOfPlace(place);
      if (folder_->positions().contains(key)) continue;
      folder_->Begin(key, offsets.from);
      telemetry::LogInfo(NameOf(key) + ": the archive begins at offset " + std::to_string(offsets.from));
    }
  }

  // Looks for new partitions every kLookEvery, with `follow` only.
  Status TakeUpNewPlaces() {
    if (!options_.follow || clock_.Monotonic() - looked_ < kLookEvery) return Status::Ok();
    looked_ = clock_.Monotonic();
    Status taken = reader_->TakeUpNewPlaces();
    BeginNewPlaces();
    return taken;
  }

  Status CheckAllAreThere() {
    for (const auto& [key, to] : folder_->positions()) {
      const auto same = [this, &key = key](const auto& range) { return KeyOfPlace(range.first) == key; };
      if (std::any_of(reader_->ranges().begin(), reader_->ranges().end(), same)) continue;
      return Status::Rejected("the archive has " + NameOf(key) +
                              ", and that is no partition of the input topics of these settings. Give the settings it "
                              "was made with, or archive to a new folder");
    }
    return Status::Ok();
  }

  Status Round() {
    if (const Status status = TakeUpNewPlaces(); !status.ok()) return Bear(status);
    kafka::RangePiece piece;
    if (const Status status = reader_->Read(kWait, &piece); !status.ok()) return Bear(status);
    LP_RETURN_IF_ERROR(Take(piece));
    const TimePoint now = clock_.Monotonic();
    if (!piece.reached.empty()) last_answer_ = now;
    silence_told_ = silence_told_ && piece.reached.empty();
    if (piece.records.empty() || entry_bytes_ >= kEntryBytes || now - appended_ >= kEntryAge) {
      LP_RETURN_IF_ERROR(Flush());
      LP_RETURN_IF_ERROR(EndSegmentIfDue());
    }
    ReportProgress();
    return Status::Ok();
  }

  // Returns ok if the step may be tried again, else the problem.
  Status Bear(const Status& problem) {
    if (problem.kind() != ErrorKind::kRetriable) return problem;
    if (!options_.follow && clock_.Monotonic() - last_answer_ > kTimeout) return problem;
    if (!silence_told_) telemetry::LogWarning(problem.message() + "; tries again");
    silence_told_ = true;
    return Status::Ok();
  }

  Status Take(const kafka::RangePiece& piece) {
    // In an entry, deleted ranges come before the records. Records that were read before belong to the previous entry.
    if (!piece.deleted.empty() && entry_.records_size() > 0) LP_RETURN_IF_ERROR(AppendEntry());
    for (const kafka::DeletedRange& range : piece.deleted) TakeDeleted(range);
    for (const kafka::LogRecord& record : piece.records) LP_RETURN_IF_ERROR(TakeRecord(record));
    return CheckLastWasThere(piece);
  }

  // Notes which records were deleted before the archive had them.
  void TakeDeleted(const kafka::DeletedRange& range) {
    to_be_seen_.erase(range.place);
    const PlaceKey key = KeyOfPlace(range.place);
    const int64_t from = std::max(range.offsets.from, folder_->positions().at(key).next);
    if (from >= range.offsets.until) return;
    Set(entry_.add_deleted(), key, from, range.offsets.until);
    summary_.deleted.push_back(OffsetsText(from, range.offsets.until) + " of " + NameOf(key));
    telemetry::LogError(summary_.deleted.back() + " were deleted from the topic before they were archived");
  }

  Status TakeRecord(const kafka::LogRecord& record) {
    const PlaceKey key = KeyOfPlace(record.place);
    v1::ArchivedRecord archived = ToArchived(key, record);
    LP_RETURN_IF_ERROR(CheckLast(record.place, archived));
    if (record.offset < folder_->positions().at(key).next) return Status::Ok();
    entry_bytes_ += archived.ByteSizeLong();
    *entry_.add_records() = std::move(archived);
    return Status::Ok();
  }

  Status CheckLast(kafka::TopicPlace place, const v1::ArchivedRecord& record) {
    const auto expected = to_be_seen_.find(place);
    if (expected == to_be_seen_.end()) return Status::Ok();
    const ArchivedTo to = expected->second;
    if (record.offset() != *to.last || RecordHash(record) != to.last_hash) return AnotherRecordAt(place, *to.last);
    to_be_seen_.erase(expected);
    return Status::Ok();
  }

  Status CheckLastWasThere(const kafka::RangePiece& piece) {
    for (const auto& [place, next] : piece.reached) {
      const auto expected = to_be_seen_.find(place);
      if (expected == to_be_seen_.end()) continue;
      if (const int64_t last = *expected->second.last; next > last) return AnotherRecordAt(place, last);
    }
    return Status::Ok();
  }

  Status AnotherRecordAt(kafka::TopicPlace place, int64_t offset) const {
    return Status::Rejected(
        reader_->NameOf(place) + " has another record at offset " + std::to_string(offset) +
        " than the archive: the topic was deleted and created again, or it is that of another cluster. "
        "What is archived stays as it is; archive to a new folder");
  }

  Status Flush() {
    appended_ = clock_.Monotonic();
    const bool something = entry_.records_size() > 0 || entry_.deleted_size() > 0;
    if (!something && folder_->segment_bytes() == 0) return Status::Ok();
    bool further = something;
    for (const auto& [place, next] : reader_->positions()) {
      const PlaceKey key = KeyOfPlace(place);
      if (next <= folder_->positions().at(key).next && !(something && begins_)) continue;
      Set(entry_.add_reached(), key, 0, next);
      further = true;
    }
    begins_ = begins_ && !something;
    return further ? AppendEntry() : Status::Ok();
  }

  Status AppendEntry() {
    if (folder_->segment_bytes() == 0) segment_begun_ = clock_.Monotonic();
    summary_.records += static_cast<uint64_t>(entry_.records_size());
    LP_RETURN_IF_ERROR(folder_->Append(std::exchange(entry_, {})));
    entry_bytes_ = 0;
    return folder_->Sync();
  }

  Status EndSegmentIfDue() {
    const uint64_t bytes = folder_->segment_bytes();
    const bool old = options_.follow && clock_.Monotonic() - segment_begun_ >= options_.segment_time;
    if (bytes == 0 || (bytes < options_.segment_bytes && !old)) return Status::Ok();
    return folder_->EndSegment();
  }

  // Returns the current activity, for progress.
  std::string Activity() const {
    const bool waits = !reader_->done() && clock_.Monotonic() - last_answer_ > kProgressEvery;
    return options_.follow || !waits ? "archiving" : "archiving; waits, for a transaction is open or no broker answers";
  }

  void ReportProgress() {
    const TimePoint now = clock_.Monotonic();
    if (options_.progress == nullptr && now - told_ < kProgressEvery) return;
    const std::string activity = Activity();
    const files::Progress progress{activity, summary_.records + static_cast<uint64_t>(entry_.records_size()), "",
                                   reader_->Fraction()};
    if (options_.progress != nullptr) return options_.progress->OnProgress(progress);
    telemetry::LogInfo(
        files::RenderProgress(progress, std::chrono::duration<double>(now - begun_).count(), std::string::npos));
    told_ = now;
  }

  const ArchiveOptions& options_;
  const TopicNames& topics_;
  ArchiveFolder* const folder_;
  const Clock& clock_;
  const std::atomic<bool>& stop_;
  std::unique_ptr<kafka::TopicRangeReader> reader_;

  std::map<kafka::TopicPlace, ArchivedTo> to_be_seen_;  // places whose last archived record has not been read again
  v1::ArchiveEntry entry_;                              // read but not yet appended
  size_t entry_bytes_ = 0;
  ArchiveSummary summary_;
  TimePoint begun_, appended_, told_, segment_begun_, last_answer_, looked_;
  bool silence_told_ = false;
  // Nothing is archived yet: the first entry also says where each partition begins.
  bool begins_ = false;
};

}  // namespace

Result<ArchiveSummary> ArchiveTopics(const ArchiveOptions& options, const TopicNames& topics,
                                     std::unique_ptr<kafka::TopicLog> log, ArchiveFolder* folder, const Clock& clock,
                                     const std::atomic<bool>& stop) {
  return Archiver(options, topics, folder, clock, stop).Run(std::move(log));
}

}  // namespace leadpulse::archive
