// A deployment on the simulated Kafka that moves to another number of partitions and another erasure secret: to another
// cluster, because a simulated cluster has the topics of one deployment.
#pragma once

#include <cstdint>
#include <string>

#include "processor/base/status.h"
#include "tests/kafka/steady_run.h"

namespace leadpulse::testing {

// Whether the new deployment reads the same input topics, to which partitions were added. Then the records of `from`
// are copied to `into`, and some may be unread.
enum class MovedInputs : uint8_t { kStay, kAreNew };

// The former deployment's erasure secret, and the keys that the new one has beyond it.
struct MovedSecret {
  std::string former;
  std::string added;
};

// Moves the stopped deployment. The command is killed in the first call that changes the cluster, then in a later one,
// and so on, and given again each time until it ends. Adds the number of kills to `kills`. Checks that a deployment
// that is moved by half is refused by a run, and that one more command says that it was moved before.
Status MoveWithKills(SteadyRun* from, SteadyRun* into, MovedInputs inputs, const MovedSecret& secret, uint64_t* kills);

}  // namespace leadpulse::testing
