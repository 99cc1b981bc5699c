// Decides which file of a segment a record goes to, and makes its bytes.
//
// The file has the bytes of the topic in the form that a run reads: a Protobuf message within an InputRecord, or a JSON
// text as one line, wrapped in `{"event":…}` if the topic's text is not. Only two things change: line ends within a
// JSON text become spaces, and the header of Confluent's wire format is removed. A run on the file therefore gets the
// same result as the live mode on the topic, dead letters included. A record that cannot be decoded or has no value is
// quarantined whole.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "leadpulse/v1/archive.pb.h"
#include "processor/kafka/record_encoding.h"
#include "processor/kafka/worker.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::archive {

// The names of the input topics, by InputTopic.
using TopicNames = std::array<std::string, engine::kRecordTopicCount>;

enum class ArchiveTarget : uint8_t { kProtobuf, kJsonLines, kQuarantine };

// The maker of the archive's records. Used by one thread.
class ArchiveRouter {
 public:
  // Uses the names of the topics and the formats of their records.
  explicit ArchiveRouter(const kafka::WorkerOptions& options);

  // Appends the record to `out` in the format of the target's file. Returns the target.
  ArchiveTarget File(const v1::ArchivedRecord& record, std::string* out);

 private:
  // Appends the record to `out`. Returns an empty string, or why the record must be quarantined.
  std::string FileAsRecord(kafka::InputTopic topic, const std::string& value, ArchiveTarget* target, std::string* out);
  std::string FileJson(kafka::InputTopic topic, const std::string& value, const codec::Decoded& live, std::string* out);

  const kafka::WorkerOptions options_;
  kafka::RecordEncoding encoding_;
  const std::unique_ptr<codec::RecordDecoder> lines_;  // decodes lines as a run does
};

}  // namespace leadpulse::archive
