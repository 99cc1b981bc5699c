// The records of the topic `lead.journal`, encoded and decoded. schemas/leadpulse/v1/changelog.proto describes them.
//
// An epoch's deltas are what it changed: an append to each lead's row where that is possible, else the row. They are
// durable with the epoch's transaction. Rows go into `lead.state` later (unwritten_leads.h), so that a lead that
// changes often is written there once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/engine/partition_meta.h"
#include "processor/engine/stored_definitions.h"
#include "processor/kafka/ports.h"
#include "state/store/lead_store.h"

namespace leadpulse::kafka {

// Writes the deltas of one epoch of a partition, in records of some 256 KiB; a larger row is alone in its record. One
// thread.
class DeltaWriter {
 public:
  // Appends to `records`, which must outlive this.
  DeltaWriter(PartitionId partition, uint64_t epoch, std::vector<OutputRecord>* records);

  // Adds a row, by ascending key.
  void Add(const state::RowWrite& row);
  void Add(const state::ErasureWrite& erasure);
  void Add(const state::DayCountsWrite& counts);
  void Add(const engine::StoredDefinitions& definitions);
  // Ends the epoch. Sets the digest of `position`; all else in it must be the epoch's.
  void End(engine::PartitionPosition* position);

 private:
  // Appends a field to the record, or to a new one if it does not fit.
  void AddField(int number, std::string_view value);
  void AddDigested(int number, std::string_view value);
  void EndRecord();

  const PartitionId partition_;
  const uint64_t epoch_;
  std::vector<OutputRecord>* const records_;
  std::string record_;
  size_t head_bytes_ = 0;  // `record_` up to the end of its checksum
  std::string key_;        // the key of the first row in the record: the error about a too large record names its lead
  std::string delta_;      // memory for the one that is encoded
  engine::RecordDigest digest_;
};

struct RowDelta {
  std::string_view key;                   // tenant NUL lead
  std::optional<std::string_view> value;  // nullopt: there is no row any more
  bool appended = false;                  // `value` is an append to the row before (state/codec/row_form.h)
};

// A decoded record, with views into its bytes.
struct Deltas {
  uint64_t epoch = 0;
  std::vector<RowDelta> rows;                                         // by ascending key
  std::vector<std::pair<std::string_view, state::Erasure>> erasures;  // by the hash of the key
  // Rows of counts by day, by key; without a value, they are deleted.
  std::vector<std::pair<std::string_view, std::optional<std::string_view>>> day_counts;
  std::optional<engine::StoredDefinitions> definitions;
  std::optional<engine::PartitionPosition> position;  // only in the last record of an epoch
  engine::RecordDigest digest;                        // of this record's rows and erasures
};

// Decodes a record. Fatal, with what to do, if the bytes are damaged or of a later version.
Result<Deltas> DecodeDeltas(std::string_view bytes);

}  // namespace leadpulse::kafka
