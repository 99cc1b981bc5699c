// The entries of a state's `meta` about its partitions: how far each has come and under which definitions. On Kafka
// each partition has its own entries; a run on files has one position and one text of definitions for all partitions. A
// reader asks for a partition in both cases.
//
// schemas/leadpulse/v1/changelog.proto describes the bytes, which the changelog shares. States up to format 2, which
// stored a run's entries as text, are still read. Thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/engine/stored_definitions.h"
#include "state/store/lead_store.h"

namespace leadpulse::engine {

// The topics that a partition is read from. Persisted: never renumber.
enum class InputTopic : uint8_t {
  kEvents,
  kCommands,
  kExchange,  // messages between leads, which the program itself writes
};
inline constexpr size_t kInputTopicCount = 3;
// The first of them have the records of users: what is archived and replayed.
inline constexpr size_t kRecordTopicCount = 2;
inline constexpr std::array kInputTopics{InputTopic::kEvents, InputTopic::kCommands, InputTopic::kExchange};

// A value for each input topic; at first, the empty one.
template <typename Value>
struct ByInputTopic {
  std::array<Value, kInputTopicCount> values{};

  Value& operator[](InputTopic topic) { return values[static_cast<size_t>(topic)]; }
  const Value& operator[](InputTopic topic) const { return values[static_cast<size_t>(topic)]; }
  Value& operator[](size_t topic) { return values[topic]; }
  const Value& operator[](size_t topic) const { return values[topic]; }
  friend bool operator==(const ByInputTopic&, const ByInputTopic&) = default;
};
// The offsets of the next records to read.
using InputOffsets = ByInputTopic<int64_t>;

// Fingerprint of the leads and erasures that one transaction wrote to a topic: their number and the sum of their
// hashes.
struct RecordDigest {
  uint64_t count = 0;
  uint64_t hash_sum = 0;
  friend bool operator==(const RecordDigest&, const RecordDigest&) = default;
};

// Records of an input topic that were deleted before they were read; an operator accepted the loss.
struct AcceptedGap {
  InputTopic topic = InputTopic::kEvents;
  int64_t first = 0;
  int64_t last = 0;
  Instant accepted_at;
  friend bool operator==(const AcceptedGap&, const AcceptedGap&) = default;
};

// How far a partition has come.
struct PartitionPosition {
  std::string application;
  InputOffsets next;
  Instant clock = Instant::DistantPast();
  DefinitionsNumber definitions_number;
  uint32_t engine_version = 0;
  uint64_t epoch = 0;
  RecordDigest digest;
  std::string erasure_secret_check;
  uint32_t partition_count = 0;  // how many partitions the topics have
  // The hash of the record before `next`, to detect another record at its offset. nullopt: unknown.
  ByInputTopic<std::optional<uint64_t>> last_hashes{};
  std::vector<AcceptedGap> accepted_gaps{};  // the newest last
  // These five: see PartitionPosition in changelog.proto.
  std::optional<int64_t> deltas_from{};
  std::optional<int64_t> rows_from{};
  std::optional<int64_t> profiles_soon_from{};
  bool has_profiles = false;
  std::string profiles_until{};
  // The clock from which on there are counts by day (day_counter.h); DistantPast(): since the first record. nullopt: an
  // earlier version wrote this, and counts begin now.
  std::optional<Instant> counted_from{};
  std::string moved_from{};  // the application whose deployment became this one; empty: none
  // Begins to count, unless that has begun.
  void BeginCounts() { counted_from = counted_from.value_or(clock); }
  friend bool operator==(const PartitionPosition&, const PartitionPosition&) = default;
};

std::string EncodePosition(const PartitionPosition& position);
std::string EncodeDefinitions(const StoredDefinitions& definitions);
// Parses an entry; nullopt if the bytes are damaged or of a later version.
std::optional<PartitionPosition> ParsePosition(std::string_view bytes);
std::optional<StoredDefinitions> ParseDefinitions(std::string_view bytes);

// The recorded output of a run on files: its length in bytes, and the XXH3-128 of these bytes.
struct FileOutput {
  uint64_t length = 0;
  uint64_t hash_high = 0;
  uint64_t hash_low = 0;
  friend bool operator==(const FileOutput&, const FileOutput&) = default;
};
struct FileOutputs {
  FileOutput changes;
  FileOutput dead_letters;
  friend bool operator==(const FileOutputs&, const FileOutputs&) = default;
};

// The position as a state stores it.
struct LocalPosition {
  PartitionPosition position;
  // The offset after the last record that the state holds: of lead.journal, or of lead.state if `position` has no
  // deltas_from.
  int64_t next_changelog_offset = 0;
  Instant written_at;  // by the wall clock
  // Records after the position may have been applied already: a restore is running or was interrupted.
  bool catching_up = false;
  std::optional<FileOutputs> outputs{};  // only a run on files has them
  friend bool operator==(const LocalPosition&, const LocalPosition&) = default;
};

// Reads a partition's position; nullopt if the state does not have this partition, or not completely. Fatal, with what
// to do, if the row is damaged.
Result<std::optional<LocalPosition>> ReadLocalPosition(const state::MetaReader& read, PartitionId partition);
void AppendLocalPosition(PartitionId partition, const LocalPosition& local, state::EpochWrite* write);

Result<std::optional<StoredDefinitions>> ReadLocalDefinitions(const state::MetaReader& read, PartitionId partition);
void AppendLocalDefinitions(PartitionId partition, const StoredDefinitions& definitions, state::EpochWrite* write);

// Removes the partition's rows and its position.
void AppendDrop(PartitionId partition, state::EpochWrite* write);

// Does so for a run on files, for all partitions at once. Reading a partition returns these if it has no own entries.
Result<std::optional<LocalPosition>> ReadRunPosition(const state::MetaReader& read);
Result<std::optional<StoredDefinitions>> ReadRunDefinitions(const state::MetaReader& read);
void AppendRunPosition(const LocalPosition& local, state::EpochWrite* write);
void AppendRunDefinitions(const StoredDefinitions& definitions, state::EpochWrite* write);
// Empties a run's entries of a state up to format 2; empty ones count as missing. The first commit of a run does it.
void AppendFormat2Removal(state::EpochWrite* write);
// Whether an entry of that name belongs to a run on files, format 2 included; not the positions of inputs.
bool IsRunEntry(std::string_view name);

// Names the two entries.
std::string LocalPositionName(PartitionId partition);
std::string LocalDefinitionsName(PartitionId partition);
// Whether an entry of that name is one of them, in a state with `partition_count` partitions.
bool IsPartitionEntry(std::string_view name, uint32_t partition_count);

// The names of the entries of a run.
inline constexpr std::string_view kRunPositionName = "run/position";
inline constexpr std::string_view kRunDefinitionsName = "run/definitions";
// Messages between leads that the last commit left undelivered (files/waiting_messages.h); empty: none.
inline constexpr std::string_view kRunMessagesName = "run/messages";

// Whether the live mode made this state: it has an entry of a partition, even if all were dropped.
Result<bool> IsLiveState(const state::MetaReader& read, uint32_t partition_count);

// A partition that a state has completely, except records after the position while it catches up.
struct LocalPartition {
  PartitionId partition;
  LocalPosition local;
  std::shared_ptr<const StoredDefinitions> definitions;  // never null; one for all partitions of a run on files
};

// Reads the partitions, ascending; for a run on files all. Fatal, with what to do, if an entry is damaged, or a
// position has no definitions.
Result<std::vector<LocalPartition>> ReadLocalPartitions(const state::MetaReader& read, uint32_t partition_count);

}  // namespace leadpulse::engine
