// Gives the model what a partition's workers were given.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/kafka/published.h"
#include "tests/kafka/simulation.h"
#include "tests/support/model/model.h"
#include "tests/support/workload/experiment.h"

namespace leadpulse::testing {

// Adds to `expected` what there should be of the partition. Returns why that cannot be said: transactions, positions
// and offsets that do not fit together, records that were passed over.
std::string ReplayPartition(Simulation* simulation, PartitionId partition, const std::vector<PublishedEpoch>& epochs,
                            workload::Outcome* expected);

}  // namespace leadpulse::testing
