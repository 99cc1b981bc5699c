// Makes states like those of Kafka mode from the state of a run on files, without a broker.
#pragma once

#include <functional>
#include <string>

#include "processor/engine/partition_meta.h"
#include "tests/support/state_tampering.h"

namespace leadpulse::testing {

// Copies the clock and the definitions of the state to each partition. Deletes inputs and outputs.
void MakeLive(StateTampering* state);

// Reads, changes and writes the metadata of one partition, which must have a position.
void ChangePartition(StateTampering* state, PartitionId partition,
                     const std::function<void(engine::LocalPosition*, engine::StoredDefinitions*)>& change);
// Deletes position and definitions, as at the start of a restore. Leads, timers and erasures stay, as in a restore
// that was interrupted.
void ForgetPartition(StateTampering* state, PartitionId partition);
// Deletes leads, timers and erasures, too.
void DropPartition(StateTampering* state, PartitionId partition);
// Begins a rollout of the same definitions with the first `from` in them replaced by `to`, before any lead is
// evaluated.
void BeginRollout(StateTampering* state, PartitionId partition, const std::string& from, const std::string& to);
// Moves all leads of one partition to another, where a trusted producer may put them.
void MoveLeads(StateTampering* state, PartitionId from, PartitionId to);

}  // namespace leadpulse::testing
