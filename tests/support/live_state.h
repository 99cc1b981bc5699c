// States as the live mode leaves them, made of what a run on files left: without a broker.
#pragma once

#include <functional>
#include <string>

#include "processor/engine/partition_meta.h"
#include "tests/support/state_tampering.h"

namespace leadpulse::testing {

// What stood for the whole state stands for each of its partitions: clock and definitions. Inputs and outputs go.
void MakeLive(StateTampering* state);

// What is kept of one partition, which has a position: read, changed, written.
void ChangePartition(StateTampering* state, PartitionId partition,
                     const std::function<void(engine::LocalPosition*, engine::KeptDefinitions*)>& change);
// The position and the definitions go, as where a restore begins from scratch; leads, timers and erasures stay, as
// where it is cut short.
void ForgetPartition(StateTampering* state, PartitionId partition);
// These, too.
void DropPartition(StateTampering* state, PartitionId partition);
// The partition adopts the same definitions with the first `from` in them replaced by `to`, and has not come to any
// lead.
void BeginAdoption(StateTampering* state, PartitionId partition, const std::string& from, const std::string& to);
// As where a producer that is trusted puts them: all leads of one partition into another.
void MoveLeads(StateTampering* state, PartitionId from, PartitionId to);

}  // namespace leadpulse::testing
