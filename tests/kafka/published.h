// The contents of the output topics, as committed readers see them, in the model's terms.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "leadpulse/v1/change.pb.h"
#include "leadpulse/v1/changelog.pb.h"
#include "leadpulse/v1/dead_letter.pb.h"
#include "processor/base/ids.h"
#include "tests/kafka/live_workload.h"
#include "tests/support/kafka/partition_log.h"
#include "tests/support/kafka/simulated_cluster.h"
#include "tests/support/workload/experiment.h"

namespace leadpulse::testing {

struct PublishedChange {
  LogId log;
  int64_t offset = 0;
  std::string key;  // tenant NUL lead
  std::vector<std::pair<std::string, std::string>> headers;
  v1::Change change;
};

// What one transaction says of a partition.
struct PublishedEpoch {
  v1::PartitionPosition position;
  std::optional<v1::AdoptedDefinitions> definitions;
};

struct Published {
  // The changes of each lead by seq; the leads of `lead.profiles`, SharedPartOf.
  workload::Outcome outcome;
  std::vector<PublishedChange> changes;
  std::vector<v1::DeadLetter> dead_letters;
  std::map<PartitionId, std::vector<PublishedEpoch>> epochs;
  // The last value of each lead, by partition and key; without erasures.
  std::map<std::pair<PartitionId, std::string>, v1::LeadRecord> leads;
  // The same for rows that are not leads, by the keys of their rows.
  std::map<std::pair<PartitionId, std::string>, v1::LeadRecord> hidden;
  // The records of `lead.profiles`, by partition and key.
  std::map<std::pair<PartitionId, std::string>, model::Json> profiles;
  // The row of each key by the deltas of lead.journal.
  std::map<std::pair<PartitionId, std::string>, std::string> rows;
};

using LogFinder = std::function<const PartitionLog&(const LogId&)>;
// Finds the input record at an offset; null if there is none.
using RecordFinder = std::function<const LiveRecord*(const LogId&, int64_t offset)>;

// Sets `problem` to what cannot be read or is in the wrong partition or topic.
Published ReadPublished(uint32_t partitions, const LogFinder& logs, std::string* problem);
Published ReadPublished(SimulatedCluster* cluster, std::string* problem);

// Returns the log of the record that caused a change.
LogId SourceOf(const v1::Change& change);

// Whether a row of lead.state or of a state is the one that the deltas make. Definitions that do not change a lead
// raise its number in memory without a delta, so the row may have a later one.
bool IsSameRow(const std::string& row_key, const std::string& row, const std::string& of_deltas);
// Checks that lead.state has the rows that the deltas make. It has, once each had `changelog_interval` to be written.
// Returns the error, or an empty text.
std::string CheckRows(const Published& published);

// Checks that a change names the record that caused it, and that the headers `ordinal` of a record's changes are 0, 1,
// 2, … Returns the error, or an empty text.
std::string CheckSources(const Published& published, const RecordFinder& records);

// Checks only that a change names the record of its cause, which may be another lead's. Returns as above.
std::string CheckCauses(const Published& published, const RecordFinder& records);

// Checks that a dead letter has its record's bytes, or the first of them and their number. Returns as above.
std::string CheckPayloads(const Published& published, const RecordFinder& records);

// Returns the part that a line of `leads.jsonl` and a record of `lead.profiles` share.
model::Json SharedPartOf(model::Json lead);

}  // namespace leadpulse::testing
