// Which file of a segment a record goes to, and in which bytes.
//
// The bytes are those of the topic wherever a run reads them so: a Protobuf message with the head of an InputRecord
// around it, a JSON text as one line, in `{"event":…}` where it stands bare. Only line ends within a JSON text, which
// mean nothing there, become spaces, and the head of Confluent's wire format is taken off. A run makes of it what the
// live mode makes of the record, also where that is a dead letter. What cannot be decoded at all, or has no value, goes
// aside, whole.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "leadpulse/v1/archive.pb.h"
#include "processor/kafka/record_encoding.h"
#include "processor/kafka/worker.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::archive {

enum class ArchiveTarget : uint8_t { kProtobuf, kJsonLines, kQuarantine };

// One thread.
class ArchiveRouter {
 public:
  // Takes of them what the topics are called, and what their records are written in.
  explicit ArchiveRouter(const kafka::WorkerOptions& options);

  // Appends to `out` what the file of the target then holds.
  ArchiveTarget File(const v1::ArchivedRecord& record, std::string* out);

 private:
  // What keeps it from the targets of records; empty: nothing, and it has been appended.
  std::string FileAsRecord(kafka::InputTopic topic, const std::string& value, ArchiveTarget* target, std::string* out);
  std::string FileJson(kafka::InputTopic topic, const std::string& value, const codec::Decoded& live, std::string* out);

  const kafka::WorkerOptions options_;
  kafka::RecordEncoding encoding_;
  const std::unique_ptr<codec::RecordDecoder> lines_;  // as a run reads them
};

}  // namespace leadpulse::archive
