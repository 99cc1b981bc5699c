#include "processor/kafka/live_memory.h"

#include <algorithm>

#include "processor/base/assert.h"

namespace leadpulse::kafka {
namespace {

constexpr size_t kMebibyte = size_t{1} << 20;
// The program with its libraries; and for each worker, librdkafka's threads and buffers.
constexpr size_t kFixed = 96 * kMebibyte;
constexpr size_t kFixedOfWorker = 12 * kMebibyte;
// The largest record of lead.state, with some margin: a record larger than the queue would never get into it.
constexpr size_t kLeastPublished = 20 * kMebibyte;

// RocksDB fills one write buffer while it flushes another, and the other column families have theirs. The commits that
// wait take at most twice their limit, and a partition's share is copied while it is written.
size_t TakenByStore(const LiveMemory& memory) { return memory.write_buffer * 5 / 2 + memory.write_behind * 5 / 2; }

// After a poll the queue fills again, and the polled records exist decoded and as dead letters, too. A restore has its
// own queue. An epoch's leads are encoded and copied. A restore from the beginning sorts its leads, and their table has
// a filter and an index.
size_t TakenByWorker(const LiveMemory& memory) {
  return memory.fetched * 5 + memory.epoch * 3 + memory.restore * 5 / 4 + memory.published;
}

}  // namespace

LiveMemory PlanLiveMemory(size_t total, size_t cache, size_t workers) {
  LP_ASSERT(workers > 0);
  const size_t fixed = kFixed + workers * kFixedOfWorker;
  const size_t rest = std::max(total, fixed) - fixed;
  LiveMemory memory;
  memory.write_buffer = std::clamp(rest / 22, 2 * kMebibyte, 64 * kMebibyte);
  memory.write_behind = std::clamp(rest / 22, 4 * kMebibyte, 64 * kMebibyte);
  const size_t share = rest / 2 / workers;
  memory.fetched = std::clamp(share / 12, 2 * kMebibyte, 64 * kMebibyte);
  memory.epoch = std::clamp(share / 12, 4 * kMebibyte, 1024 * kMebibyte);
  memory.restore = std::clamp(share / 16, 2 * kMebibyte, 32 * kMebibyte);
  memory.published = std::clamp(share / 8, kLeastPublished, 128 * kMebibyte);
  const size_t taken = TakenByStore(memory) + workers * TakenByWorker(memory);
  // The allocator takes a quarter more than the counted size of leads.
  memory.cache = std::min(cache, std::max((std::max(rest, taken) - taken) / 5 * 4, 8 * kMebibyte));
  return memory;
}

}  // namespace leadpulse::kafka
