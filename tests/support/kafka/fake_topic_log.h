// The input topics as a log that a test writes by hand: aborted records, open transactions, retention, a topic that is
// created again, and calls that fail.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/kafka/topic_log.h"

namespace leadpulse::kafka::testing {

// Independent of the FakeTopicLog that reads it, like a cluster of its clients.
struct FakeTopics {
  struct Entry {
    std::optional<std::string> value;  // the record's; nullopt: a marker or an aborted record, which is never returned
    int64_t millis = 0;
    bool is_record = true;
  };
  struct Place {
    int64_t low = 0;
    std::vector<Entry> entries;               // by offset, from 0
    std::optional<int64_t> open_transaction;  // nothing from there on is returned yet
    std::optional<int64_t> low_once_read;  // records before it are deleted after the first read that returns something
    int64_t high() const { return static_cast<int64_t>(entries.size()); }
  };

  explicit FakeTopics(uint32_t partitions) {
    for (uint32_t i = 0; i < partitions; ++i) {
      places[{engine::InputTopic::kEvents, PartitionId{i}}];
      places[{engine::InputTopic::kCommands, PartitionId{i}}];
    }
  }
  void Add(TopicPlace place, std::string value, int64_t millis = 0) {
    places[place].entries.push_back({std::move(value), millis, true});
  }
  void AddMarker(TopicPlace place) { places[place].entries.push_back({std::nullopt, 0, false}); }

  std::map<TopicPlace, Place> places;
  std::vector<Status> next_reads;    // what the next reads return instead of records, in order
  std::optional<TopicPlace> silent;  // no answer to where it begins and ends
  std::function<void()> on_read;     // called before each read; may be null
};

class FakeTopicLog : public TopicLog {
 public:
  // Reads return at most `at_once` records of a partition at a time.
  explicit FakeTopicLog(FakeTopics* topics, size_t at_once = 2) : topics_(topics), at_once_(at_once) {}

  Result<std::vector<TopicPlace>> Places() override {
    std::vector<TopicPlace> all;
    for (const auto& [place, content] : topics_->places) all.push_back(place);
    return all;
  }
  Result<LogBounds> Bounds(TopicPlace place) override {
    if (topics_->silent == place) return Status::Retriable("nobody answers");
    const FakeTopics::Place& content = topics_->places.at(place);
    return LogBounds{content.low, content.high()};
  }
  Result<std::optional<int64_t>> OffsetAt(TopicPlace place, Instant time) override {
    const FakeTopics::Place& content = topics_->places.at(place);
    for (int64_t i = content.low; i < content.high(); ++i) {
      if (content.entries[static_cast<size_t>(i)].millis >= time.millis) return std::optional<int64_t>(i);
    }
    return std::optional<int64_t>();
  }
  std::string NameOf(TopicPlace place) const override {
    return (place.topic == engine::InputTopic::kEvents ? "events [" : "commands [") +
           std::to_string(place.partition.value) + "]";
  }
  Status Start(const std::map<TopicPlace, int64_t>& from) override {
    positions_ = from;
    return Status::Ok();
  }
  Status Read(std::chrono::milliseconds, LogPiece* piece) override {
    *piece = {};
    if (topics_->on_read) topics_->on_read();
    if (!topics_->next_reads.empty()) {
      const Status status = topics_->next_reads.front();
      topics_->next_reads.erase(topics_->next_reads.begin());
      return status;
    }
    for (auto& [place, position] : positions_) ReadPlace(place, &position, piece);
    return Status::Ok();
  }

 private:
  void ReadPlace(TopicPlace place, int64_t* position, LogPiece* piece) {
    FakeTopics::Place& content = topics_->places.at(place);
    if (*position < content.low || *position > content.high()) {
      piece->out_of_range.insert(place);
      return;
    }
    const int64_t stable = std::min(content.high(), content.open_transaction.value_or(content.high()));
    size_t given = 0;
    for (; *position < stable && given < at_once_; ++*position) {
      const FakeTopics::Entry& entry = content.entries[static_cast<size_t>(*position)];
      piece->reached[place] = *position + 1;
      if (!entry.is_record) continue;
      LogRecord& record = piece->records.emplace_back();
      record.place = place;
      record.offset = *position;
      record.time = Instant{entry.millis};
      if (entry.value) record.value = *entry.value;
      ++given;
    }
    if (given > 0 && content.low_once_read) content.low = *std::exchange(content.low_once_read, std::nullopt);
  }

  FakeTopics* const topics_;
  const size_t at_once_;
  std::map<TopicPlace, int64_t> positions_;
};

}  // namespace leadpulse::kafka::testing
