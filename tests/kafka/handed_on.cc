#include "tests/kafka/handed_on.h"

#include "leadpulse/v1/exchange.pb.h"

namespace leadpulse::testing {

HandedOn::HandedOn(SimulatedCluster* cluster) {
  for (PartitionId partition; partition.value < cluster->options().partitions; ++partition.value) {
    const LogId log{Topic::kExchange, partition};
    for (const LogEntry& entry : cluster->log(Topic::kExchange, partition).everything()) {
      v1::ExchangeRecord record;
      if (entry.fate != LogEntry::Fate::kCommitted || !record.ParseFromString(entry.message.value.value_or("")))
        continue;
      if (!record.has_handed_on()) continue;
      const Topic topic = record.source().topic() == "engagement.events" ? Topic::kEvents : Topic::kCommands;
      const RecordPlace origin{{topic, PartitionId{static_cast<uint32_t>(record.source().partition())}},
                               record.source().offset()};
      origins_[{log, entry.offset}] = origin;
      originals_[origin] = {record.handed_on().original_key(), record.handed_on().original_value()};
      ++times_[origin];
    }
  }
}

const RecordPlace* HandedOn::Find(const RecordPlace& exchange) const {
  const auto found = origins_.find(exchange);
  return found == origins_.end() ? nullptr : &found->second;
}

std::string HandedOn::CheckOriginals(const Simulation& simulation) const {
  std::string problem;
  for (const auto& [origin, original] : originals_) {
    const LiveRecord* record = simulation.RecordAt(origin.first, origin.second);
    const std::string place = " of offset " + std::to_string(origin.second) + "\n";
    if (record == nullptr || !record->is_misplaced) {
      problem += "a record was handed on that is on its own partition:" + place;
    } else if (original != std::pair(record->key, record->value)) {
      problem += "a record was handed on with another key or value:" + place;
    }
  }
  return problem;
}

std::string CheckHandedOn(Simulation* simulation) {
  const HandedOn handed_on(&simulation->cluster());
  if (simulation->workload().partitioning != kafka::InputPartitioning::kAny) {
    return handed_on.times().empty() ? "" : "records were handed on against the setting\n";
  }
  std::string problem = handed_on.CheckOriginals(*simulation);
  for (const auto& [origin, times] : handed_on.times()) {
    if (times != 1) problem += "offset " + std::to_string(origin.second) + " was handed on twice\n";
  }
  simulation->AddToCounts("records handed on", handed_on.times().size());
  return problem;
}

}  // namespace leadpulse::testing
