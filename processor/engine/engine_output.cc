#include "processor/engine/engine_output.h"

#include <numeric>

namespace leadpulse::engine {

void EngineCounters::Add(const EngineCounters& other) {
  events += other.events;
  commands += other.commands;
  duplicates += other.duplicates;
  dropped_erased += other.dropped_erased;
  dropped_folded += other.dropped_folded;
  folded += other.folded;
  properties_left_out += other.properties_left_out;
  attributes_unset += other.attributes_unset;
  timers += other.timers;
  reevaluated += other.reevaluated;
  passed_on += other.passed_on;
  refused += other.refused;
  for (size_t i = 0; i < changes.size(); ++i) changes[i] += other.changes[i];
}

uint64_t EngineCounters::AllChanges() const { return std::accumulate(changes.begin(), changes.end(), uint64_t{0}); }

}  // namespace leadpulse::engine
