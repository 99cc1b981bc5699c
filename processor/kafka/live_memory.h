#pragma once

#include <cstddef>

namespace leadpulse::kafka {

// How the memory of a live process is divided, in bytes. tests/kafka/memory_test.py checks it on a process.
struct LiveMemory {
  // For all workers together.
  size_t cache = 0;         // decoded leads, and RocksDB's blocks
  size_t write_buffer = 0;  // RocksDB's, for leads; the other column families have a quarter each
  size_t write_behind = 0;  // commits that wait to be written to RocksDB (state::WriteBehindOptions::max_bytes)
  // For each worker.
  size_t epoch = 0;      // leads of one transaction, which is committed when they reach it
  size_t fetched = 0;    // records in the consumer's queue, uncompressed; at this limit librdkafka stops fetching
  size_t restore = 0;    // leads of a partition that is restored from the beginning (WorkerOptions::restore_bytes)
  size_t published = 0;  // records in the producer's queue; while it is full, the worker waits
};

// `total`: for the whole process, as the kernel counts it. `cache`: the limit of that part. If `total` is too small,
// each part gets its minimum: the process then takes about 150 MiB and 50 MiB for each worker.
//
// Not included: the uncompressed size of one answer to a fetch (compressed it has up to an eighth of `fetched`, at
// least a megabyte, from each broker), definitions with many thousand segments, and leads of megabytes; a round may
// read 2,000 leads.
LiveMemory PlanLiveMemory(size_t total, size_t cache, size_t workers);

}  // namespace leadpulse::kafka
