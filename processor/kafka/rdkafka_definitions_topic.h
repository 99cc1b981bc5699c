// The compacted topic that definitions are published to: one partition, the key `definitions`, the YAML text as value.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "processor/kafka/ports.h"
#include "processor/kafka/rdkafka_connection.h"

namespace leadpulse::kafka {

inline constexpr std::string_view kPublishedDefinitionsKey = "definitions";

struct PublishedDefinitions {
  int64_t offset = 0;
  std::optional<std::string> text;  // nothing: a tombstone
};

// Reads committed records of the topic, oldest first; records under other keys are warned of and left out. What a text
// is worth is for the caller to say. Owned and called by one thread.
class DefinitionsTopic {
 public:
  // Fatal: the topic is not there, has more than one partition, or may not be read. Retriable: nobody answers.
  static Result<std::unique_ptr<DefinitionsTopic>> Open(const ConnectionOptions& options, const std::string& topic);

  using Visit = std::function<void(PublishedDefinitions)>;
  // Up to the end that the topic has now. Retriable: not there within `bound`, or `stop` has become true.
  Status ReadToEnd(std::chrono::milliseconds bound, const std::atomic<bool>& stop, const Visit& visit);
  // What is here of what came since, without a wait. After an error the next call goes on, or, where the offsets are
  // other ones now because the topic was made anew, begins again with the first record that there is.
  Status ReadMore(const Visit& visit);

  const std::string& name() const { return name_; }

 private:
  DefinitionsTopic(std::string name, std::unique_ptr<ChangelogReader> reader)
      : name_(std::move(name)), reader_(std::move(reader)) {}
  Status Begin();
  // Where the next record is read.
  Result<int64_t> Read(std::chrono::milliseconds wait, const Visit& visit);

  const std::string name_;
  const std::unique_ptr<ChangelogReader> reader_;
  bool reading_ = false;
  std::chrono::steady_clock::time_point next_attempt_;  // to begin again
};

// Returns once all in-sync replicas have it: its offset. Retriable: no acknowledgement came, and it may be there all
// the same; to publish the same text once more does no harm.
Result<int64_t> PublishDefinitions(const ConnectionOptions& options, const std::string& topic, const std::string& text);

}  // namespace leadpulse::kafka
