#pragma once

#include <cstddef>

namespace leadpulse::files {

// The share of each part of a run in the memory of the process, in bytes. Measured in tests/bench (`run`).
struct MemoryPlan {
  size_t leads = 0;          // decoded leads cached between epochs, for all partitions
  size_t changed_leads = 0;  // changed leads of one epoch; at this size it ends
  size_t blocks = 0;         // RocksDB's block cache
  size_t write_buffer = 0;   // RocksDB's write buffer for leads; the other column families have a quarter each
};

// Plans the memory. `total` is for the whole process, as the kernel counts it. If it is too small, each part gets its
// minimum: the process then takes some 100 MiB in any case. Not included: records of many megabytes, zstd windows,
// definitions with many thousand segments.
MemoryPlan PlanMemory(size_t total);

}  // namespace leadpulse::files
