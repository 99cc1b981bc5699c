// Output as records with keys and headers.
//
// Headers let a consumer filter and audit without decoding: `tenant`; of a change `cause` (`event`, `command`, `time`,
// `definitions`), `backfill` (`1`, if it is), and, if a record caused it, `input-topic`, `input-partition`,
// `input-offset` and `ordinal` (the number of the change among those of its record, from 0); of a dead letter the same
// three of its input and `reason`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "processor/kafka/lead_profiles.h"
#include "processor/kafka/ports.h"
#include "processor/kafka/worker.h"
#include "schemas/codec/output_encoder.h"
#include "schemas/codec/record_decoder.h"
#include "schemas/codec/records.h"

namespace leadpulse::kafka {

// Returns the format of a topic with what a run publishes.
codec::OutputFormat OutputFormatOf(config::RecordFormat format);

// A worker's decoders and encoders; one thread.
class RecordEncoding {
 public:
  explicit RecordEncoding(const WorkerOptions& options);

  // Returns the format of the topic. Not for kExchange.
  InputFormat FormatOf(InputTopic topic) const { return input_formats_.at(static_cast<size_t>(topic)); }
  // Returns a decoder of the topic's records, in its format or another one. Not for kExchange.
  codec::RecordDecoder* decoder(InputTopic topic) { return decoder(topic, FormatOf(topic)); }
  codec::RecordDecoder* decoder(InputTopic topic, InputFormat format);

  // Appends changes of one partition in the order in which they were made. All changes of an input record come in one
  // call: `ordinal` counts within it, so an epoch that is done again has the same ordinals.
  void EncodeChanges(std::span<const codec::Change> changes, std::vector<OutputRecord>* records);
  // Encodes a dead letter. The record is not larger than the topic's limit, as far as it is known. If the whole letter
  // does not fit, payload and key are cut to codec::kDeadLetterPrefix bytes, or fewer, and `full_size` gives the
  // payload's original size.
  OutputRecord EncodeDeadLetter(codec::DeadLetter letter, std::string_view key);
  const LeadProfiles* profiles() const { return &profiles_; }
  // Lowers the limit of dead letters. Call it when the topic has refused one because of its size. Later ones have at
  // most half the size of the largest so far. Returns that limit in bytes; nullopt if they cannot be smaller.
  std::optional<size_t> ShrinkDeadLetters();

 private:
  void EncodeChange(const codec::Change& change, uint64_t ordinal, OutputRecord* into);

  const std::array<InputFormat, engine::kRecordTopicCount> input_formats_;
  // By topic and format. Null until it is needed.
  std::array<std::array<std::unique_ptr<codec::RecordDecoder>, 3>, engine::kRecordTopicCount> decoders_;
  std::unique_ptr<codec::OutputEncoder> changes_;
  std::unique_ptr<codec::OutputEncoder> dead_letters_;
  const config::KeyForm change_keys_;
  LeadProfiles profiles_;
  size_t largest_dead_letter_ = 0;  // since the bound was set
  size_t dead_letter_bound_ = std::numeric_limits<size_t>::max();
};

}  // namespace leadpulse::kafka
