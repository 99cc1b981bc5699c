#pragma once

#include <cstddef>

namespace leadpulse::kafka {

// What each part of a live process may take of the memory that the process may take. Bytes; held against a process by
// tests/kafka/memory_test.py.
struct LiveMemory {
  // Of all workers together.
  size_t cache = 0;         // decoded leads, and RocksDB's blocks
  size_t write_buffer = 0;  // RocksDB's, one for leads; the other families have a quarter each
  size_t write_behind = 0;  // what waits to be written to RocksDB (state::WriteBehindOptions::max_bytes)
  // Of each worker.
  size_t epoch = 0;      // leads of one transaction, which then is committed
  size_t fetched = 0;    // records in the consumer's queue, unpacked; librdkafka fetches nothing while it holds more
  size_t restore = 0;    // leads of a partition that is restored from nothing (WorkerOptions::restore_bytes)
  size_t published = 0;  // records in the producer's queue; where it is full the worker waits, and reads nothing
};

// `total`: of the whole process, as the kernel counts it. `cache`: at most so much for that part. Too little for the
// parts gives their least: the process then takes some 150 MiB, and 50 for each worker, whatever is asked for.
//
// Not in it: what one answer to a fetch unpacks to (it has up to an eighth of `fetched` or a megabyte as it is sent,
// from each broker), definitions of many thousand segments, and leads of megabytes, of which a round may read 2,000.
LiveMemory PlanLiveMemory(size_t total, size_t cache, size_t workers);

}  // namespace leadpulse::kafka
