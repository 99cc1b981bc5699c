// What the output topics hold, as committed readers see it, in the model's terms.
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
  std::string key;
  std::vector<std::pair<std::string, std::string>> headers;
  v1::Change change;
};

// What one transaction wrote to a partition of the changelog.
struct PublishedEpoch {
  v1::PartitionPosition position;
  std::optional<v1::AdoptedDefinitions> definitions;
};

struct Published {
  // Of each lead by seq; leads as far as the topic `lead.state` says them.
  workload::Outcome outcome;
  std::vector<PublishedChange> changes;
  std::vector<v1::DeadLetter> dead_letters;
  std::map<PartitionId, std::vector<PublishedEpoch>> epochs;
  // By partition and key, the last value of each lead that has one; erasures apart.
  std::map<std::pair<PartitionId, std::string>, v1::LeadRecord> leads;
};

using LogFinder = std::function<const PartitionLog&(const LogId&)>;
// Where a record of the input stands; null: there is none.
using RecordFinder = std::function<const LiveRecord*(const LogId&, int64_t offset)>;

// `problem` becomes what cannot be read or stands in the wrong place.
Published ReadPublished(uint32_t partitions, const LogFinder& logs, std::string* problem);
Published ReadPublished(SimulatedCluster* cluster, std::string* problem);

// Of a change that a record caused: the log of that record.
LogId SourceOf(const v1::Change& change);

// A change that a record caused names that record, and the headers `ordinal` of a record's changes are 0, 1, 2, …
// Empty, or what is wrong.
std::string CheckSources(const Published& published, const RecordFinder& records);

// A dead letter has its record's bytes, or the first of them and how many there were. Empty, or what is wrong.
std::string CheckPayloads(const Published& published, const RecordFinder& records);

// The part of a line of `leads.jsonl` that a LeadRecord has, too.
model::Json PublicPartOf(const model::Json& line);

}  // namespace leadpulse::testing
