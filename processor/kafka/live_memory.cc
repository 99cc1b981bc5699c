#include "processor/kafka/live_memory.h"

#include <algorithm>

#include "processor/base/assert.h"

namespace leadpulse::kafka {
namespace {

constexpr size_t kMebibyte = size_t{1} << 20;
// The program with its libraries, and librdkafka's threads and buffers of each worker.
constexpr size_t kFixed = 96 * kMebibyte;
constexpr size_t kFixedOfWorker = 12 * kMebibyte;
// The largest record of lead.state, with room to spare: what is larger than the queue never gets into it.
constexpr size_t kLeastPublished = 20 * kMebibyte;

// One buffer is filled while one is written out, and the other families have theirs. What waits to be written is twice
// its bound at most, and a copy of a partition's share while that is written.
size_t TakenByStore(const LiveMemory& memory) { return memory.write_buffer * 5 / 2 + memory.write_behind * 5 / 2; }

// What was fetched is in the queue again once it was taken from there, and of what was taken there are the records
// decoded and the dead letters; a restore has a queue of its own. An epoch's leads are encoded, and these copied.
// What is restored from nothing is sorted, and the table it goes to has a filter and an index.
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
  // The allocator keeps a quarter beside what leads are counted as.
  memory.cache = std::min(cache, std::max((std::max(rest, taken) - taken) / 5 * 4, 8 * kMebibyte));
  return memory;
}

}  // namespace leadpulse::kafka
