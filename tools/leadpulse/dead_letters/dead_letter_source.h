// Reads the dead letters of a run: from the file that a run on files writes, or from the topic of a live run.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "schemas/codec/dead_letter_reader.h"

namespace leadpulse::tools {

// A dead letter where it is stored.
struct FoundLetter {
  codec::StoredDeadLetter letter;
  std::string key;            // of its record in the topic; empty in files
  std::optional<Instant> at;  // when it was published; nullopt in files, which do not say it
};

// Returns the place of a record in words that a person types: `records.jsonl:5` for the line of a file (in .pb files
// the record's number), `engagement.events/3=1200` for the offset in a partition of a topic.
std::string OriginOf(const codec::SourcePosition& source);

// The dead letters that are there when they are read for the first time: what is sent again may come back meanwhile.
class DeadLetterSource {
 public:
  virtual ~DeadLetterSource() = default;
  // Visits them in the order in which they were written; between partitions of a topic there is none. An error of
  // `visit` ends the reading. May be called again, for the same dead letters.
  virtual Status Read(const std::function<Status(const FoundLetter& found)>& visit) = 0;
  // Returns how many could not be read the last time, because they are not in the topic's format.
  virtual uint64_t unreadable() const = 0;
};

// Opens dead-letters.jsonl, or the output directory with it. Rejected if it cannot be opened. A line that is being
// written is left out; reading is Rejected, with the line, if one is no dead letter.
Result<std::unique_ptr<DeadLetterSource>> OpenDeadLetterFile(const std::string& path);

// Takes the topic, whose values have this format. Reading is Retriable if the brokers do not answer.
std::unique_ptr<DeadLetterSource> ReadDeadLettersFrom(kafka::DeadLetterTopic topic, codec::OutputFormat format);

}  // namespace leadpulse::tools
