#pragma once

#include <cstddef>

namespace leadpulse::files {

// What each part of a run may take of the memory that the process may take. Bytes; measured in tests/bench (`run`).
struct MemoryPlan {
  size_t leads = 0;          // decoded leads kept between epochs, of all partitions
  size_t changed_leads = 0;  // leads of one epoch, which then ends
  size_t blocks = 0;         // RocksDB's cache of blocks
  size_t write_buffer = 0;   // RocksDB's, one for leads; the other families have a quarter each
};

// `total`: of the whole process, as the kernel counts it. Too little for the parts gives their least: the process then
// takes some 100 MiB whatever is asked for. Not in it: records of many megabytes, zstd windows, definitions of many
// thousand segments.
MemoryPlan PlanMemory(size_t total);

}  // namespace leadpulse::files
