// The input records that workers have handed to other partitions over lead.exchange.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "tests/kafka/simulation.h"
#include "tests/support/kafka/simulated_cluster.h"

namespace leadpulse::testing {

// The log of a record, and its offset.
using RecordPlace = std::pair<LogId, int64_t>;

class HandedOn {
 public:
  // Reads the committed records of lead.exchange.
  explicit HandedOn(SimulatedCluster* cluster);

  // Returns where the record of lead.exchange was read first; null if it is a message between leads.
  const RecordPlace* Find(const RecordPlace& exchange) const;
  // Whether the input record was handed on.
  bool Contains(const RecordPlace& origin) const { return times_.contains(origin); }
  // Returns how often each input record was handed on.
  const std::map<RecordPlace, int>& times() const { return times_; }
  // Returns records with another key or value than the one that was read.
  std::string CheckOriginals(const Simulation& simulation) const;

 private:
  std::map<RecordPlace, RecordPlace> origins_;
  std::map<RecordPlace, std::pair<std::string, std::string>> originals_;  // key and value
  std::map<RecordPlace, int> times_;
};

// Checks that only records of other partitions were handed on, each once and unchanged. Returns the error, or an empty
// text.
std::string CheckHandedOn(Simulation* simulation);

}  // namespace leadpulse::testing
