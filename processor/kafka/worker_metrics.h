// What one worker counts, for whoever looks from another thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace leadpulse::kafka {

// Written by the worker, read by anybody. All but `gauges` only grow.
struct WorkerMetrics {
  std::atomic<uint64_t> events{0};            // applied
  std::atomic<uint64_t> commands{0};          // applied
  std::atomic<uint64_t> duplicates{0};        // known before, so without effect
  std::atomic<uint64_t> dead_letters{0};      // committed
  std::atomic<uint64_t> changes{0};           // committed
  std::atomic<uint64_t> flips{0};             // leads evaluated because of time alone
  std::atomic<uint64_t> reevaluated{0};       // leads evaluated because of new definitions
  std::atomic<uint64_t> commits{0};           // transactions
  std::atomic<uint64_t> aborts{0};            // transactions that were given up
  std::atomic<uint64_t> producers{0};         // made: more than one, where one was lost
  std::atomic<uint64_t> rebalances{0};        // partitions came or went
  std::atomic<uint64_t> restored_records{0};  // changelog records read
  std::atomic<uint64_t> full_restores{0};     // partitions whose local state could not be used
  std::atomic<uint64_t> commit_micros{0};     // spent in commits, together

  // Gauges.
  std::atomic<uint32_t> partitions{0};            // assigned
  std::atomic<uint32_t> partitions_restoring{0};  // of them
  std::atomic<uint64_t> restore_remaining{0};     // changelog offsets still to be read
  std::atomic<uint32_t> partitions_adopting{0};   // with leads under previous definitions
  std::atomic<int64_t> lag{0};                    // input records behind the ends last seen
};

}  // namespace leadpulse::kafka
