// The compacted topic of definitions: one partition, with the key `definitions` and the YAML text as value. It is read
// through ChangelogReader; client/rdkafka_definitions_topic.h opens it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/engine/stored_definitions.h"
#include "processor/kafka/ports.h"
#include "processor/kafka/worker.h"

namespace leadpulse::kafka {

inline constexpr std::string_view kPublishedDefinitionsKey = "definitions";

struct PublishedDefinitions {
  engine::DefinitionsOrigin origin;
  std::optional<std::string> text;  // nullopt: a tombstone
};

// The committed records of the topic, oldest first. It logs and skips records with other keys, and does not check the
// texts. Owned and called by one thread.
class DefinitionsTopic {
 public:
  // Keeps `clock`, which must outlive this.
  DefinitionsTopic(std::string cluster_id, std::string name, std::unique_ptr<ChangelogReader> reader,
                   const Clock* clock)
      : cluster_id_(std::move(cluster_id)), name_(std::move(name)), reader_(std::move(reader)), clock_(clock) {}

  using Visit = std::function<void(PublishedDefinitions)>;
  // Reads to the topic's current end. Retriable if that is not reached within `bound`, or `stop` became true.
  Status ReadToEnd(std::chrono::milliseconds bound, const std::atomic<bool>& stop, const Visit& visit);
  // Reads newer records that have arrived, without waiting. After a fatal error of the reader, a later call begins
  // again with the first record.
  Status ReadMore(const Visit& visit);
  // Whether all records that existed when the reading began have been visited.
  bool caught_up() const { return reading_ && position_ >= end_at_begin_; }

  const std::string& name() const { return name_; }

 private:
  Status Begin();
  Status Read(std::chrono::milliseconds wait, const Visit& visit);

  const std::string cluster_id_;
  const std::string name_;
  const std::unique_ptr<ChangelogReader> reader_;
  const Clock* const clock_;
  bool reading_ = false;
  int64_t position_ = 0;  // the next record's offset
  int64_t end_at_begin_ = 0;
  std::chrono::steady_clock::time_point next_attempt_;  // to begin again
};

// The newest usable text of the topic. When the topic is read from its beginning, only the last one counts. Older texts
// are skipped, also when the topic is read again. Owned and called by one thread.
class NewestDefinitions {
 public:
  // Loads a text; logs the reason and returns null if it cannot be used. `name` is such as `lead.definitions at offset
  // 3`.
  using Load =
      std::function<std::shared_ptr<const config::Definitions>(const std::string& name, const std::string& text)>;
  NewestDefinitions(std::unique_ptr<DefinitionsTopic> topic, Load load)
      : topic_(std::move(topic)), load_(std::move(load)) {}

  // Reads the topic to its end. nullopt if it has no usable text; `holds_records` says whether it has any record.
  // Errors are those of DefinitionsTopic::ReadToEnd.
  Result<std::optional<WantedDefinitions>> ReadToEnd(std::chrono::milliseconds bound, const std::atomic<bool>& stop);
  bool holds_records() const { return holds_records_; }
  // Returns the newest text; nullopt if it is the one returned last. Errors are those of ReadMore.
  Result<std::optional<WantedDefinitions>> Look();

 private:
  void Take(const PublishedDefinitions& published);

  const std::unique_ptr<DefinitionsTopic> topic_;
  const Load load_;
  bool holds_records_ = false;
  std::optional<WantedDefinitions> newest_;
  bool given_ = true;  // `newest_` was returned
};

}  // namespace leadpulse::kafka
