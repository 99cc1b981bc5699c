// The compacted topic that definitions are published to: one partition, the key `definitions`, the YAML text as value.
// Read over the port of a changelog's reader; rdkafka_definitions_topic.h opens it.
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
  std::optional<std::string> text;  // nothing: a tombstone
};

// Reads committed records of the topic, oldest first; records under other keys are warned of and left out. What a text
// is worth is for the caller to say. Owned and called by one thread.
class DefinitionsTopic {
 public:
  // `clock` outlives this.
  DefinitionsTopic(std::string cluster_id, std::string name, std::unique_ptr<ChangelogReader> reader,
                   const Clock* clock)
      : cluster_id_(std::move(cluster_id)), name_(std::move(name)), reader_(std::move(reader)), clock_(clock) {}

  using Visit = std::function<void(PublishedDefinitions)>;
  // Up to the end that the topic has now. Retriable: not there within `bound`, or `stop` has become true.
  Status ReadToEnd(std::chrono::milliseconds bound, const std::atomic<bool>& stop, const Visit& visit);
  // What is here of what came since, without a wait. After a fatal error of the reader a later call begins again with
  // the first record that there is.
  Status ReadMore(const Visit& visit);
  // Whether all has been visited that was there when the reading began. Until then older records come.
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
  int64_t position_ = 0;  // of the next record
  int64_t end_at_begin_ = 0;
  std::chrono::steady_clock::time_point next_attempt_;  // to begin again
};

// Of what is published, the newest text that can be used: where the topic is read from its beginning none but the last.
// One that was published before it is left out, also where the topic is read once more. Owned and called by one thread.
class NewestDefinitions {
 public:
  // What a text is; null where it cannot be used, which the log says. `name`: `lead.definitions at offset 3`.
  using Load =
      std::function<std::shared_ptr<const config::Definitions>(const std::string& name, const std::string& text)>;
  NewestDefinitions(std::unique_ptr<DefinitionsTopic> topic, Load load)
      : topic_(std::move(topic)), load_(std::move(load)) {}

  // Reads the topic to its end. Nothing: there is no text that can be used; `holds_records` says whether there is any
  // record. Errors as of ReadToEnd.
  Result<std::optional<WantedDefinitions>> ReadToEnd(std::chrono::milliseconds bound, const std::atomic<bool>& stop);
  bool holds_records() const { return holds_records_; }
  // Nothing: there is none newer than the last that was given. Errors as of ReadMore.
  Result<std::optional<WantedDefinitions>> Look();

 private:
  void Take(const PublishedDefinitions& published);

  const std::unique_ptr<DefinitionsTopic> topic_;
  const Load load_;
  bool holds_records_ = false;
  std::optional<WantedDefinitions> newest_;
  bool given_ = true;  // `newest_`
};

}  // namespace leadpulse::kafka
