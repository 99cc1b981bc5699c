// A partition's records from the trace of a simulated run, with the exact clock of every round.
#pragma once

#include <string>
#include <vector>

#include "tests/kafka/handed_on.h"
#include "tests/kafka/partition_replay.h"
#include "tests/kafka/simulation.h"

namespace leadpulse::testing {

class SimulatedInput : public PartitionInput {
 public:
  // Keeps `handed_on`, which must outlive this.
  SimulatedInput(Simulation* simulation, const HandedOn* handed_on, PartitionId partition)
      : simulation_(simulation), handed_on_(*handed_on), partition_(partition) {}

  std::string ReadEpoch(size_t number, const kafka::InputOffsets& from, const v1::PartitionPosition& position,
                        std::vector<AppliedRecord>* records) override;

 private:
  std::string ReadRecords(const SimulationTrace::Call& call, const kafka::InputOffsets& from,
                          const kafka::InputOffsets& end, std::vector<AppliedRecord>* records) const;
  bool PassesOver(const LogId& log, int64_t from, int64_t to) const;
  AppliedRecord Applied(size_t delivery, const SimulationTrace::Fetch& fetch, const SimulationTrace::Call& call) const;

  Simulation* const simulation_;
  const HandedOn& handed_on_;
  const PartitionId partition_;
};

}  // namespace leadpulse::testing
