#include "tools/simulate/world.h"

#include <algorithm>

#include "processor/base/assert.h"

namespace leadpulse::simulate {
namespace {

constexpr Millis kImportTime = std::chrono::hours(3);
constexpr uint64_t kImportedPercent = 70;
constexpr Millis kLateMedian = std::chrono::minutes(20);
constexpr Millis kLatest = std::chrono::days(3);
constexpr Millis kAgainMedian = std::chrono::minutes(3);
constexpr Millis kDay = std::chrono::days(1);

}  // namespace

World::World(const HistoryOptions& options)
    : options_(options),
      popularity_(options.distribution, options.leads, options.seed),
      random_(options.seed),
      leads_(options.leads),
      pending_(options.start, options.start + std::chrono::days(options.days)) {
  LP_ASSERT(options.leads > 0 && options.leads <= kMaxLeads && options.days > 0 && options.tenants > 0);
}

uint64_t World::Happen(PendingRecord record) {
  record.arrival = record.occurred;
  // Commands come from one system in their order.
  if (!IsCommand(record.kind) && random_.Chance(options_.out_of_order_per_million)) {
    record.arrival = record.arrival + std::min(kLatest, Millis{1000} + DrawDelay(kLateMedian, Spread::kWide, &random_));
  }
  record.number = ++made_;
  pending_.Add(record);
  return record.number;
}

void World::MayArriveAgain(const PendingRecord& record) {
  if (record.again || !random_.Chance(options_.duplicates_per_million)) return;
  PendingRecord copy = record;
  copy.again = true;
  // The slice of its first arrival has already been taken.
  copy.arrival = record.arrival + kSlice + DrawDelay(kAgainMedian, Spread::kUsual, &random_);
  pending_.Add(copy);
}

Slice World::CurrentSlice() const {
  Slice slice;
  slice.begin = pending_.now();
  const Millis since_epoch = slice.begin - Instant{};
  slice.day = since_epoch / kDay;
  slice.weekday = static_cast<int>((slice.day + 3) % 7);  // 1970-01-01 was a Thursday
  slice.hour = static_cast<int>(since_epoch % kDay / std::chrono::hours(1));
  slice.joined = JoinedBy(slice.begin);
  slice.joining = JoinedBy(slice.begin + kSlice);
  return slice;
}

uint64_t World::JoinedBy(Instant at) const {
  const auto elapsed = static_cast<uint64_t>((at - options_.start).count());
  const auto import_time = static_cast<uint64_t>(kImportTime.count());
  const uint64_t imported = std::max<uint64_t>(1, options_.leads * kImportedPercent / 100);
  if (elapsed < import_time) return imported * elapsed / import_time;
  // In steps, because leads times milliseconds may exceed 64 bits.
  const auto total = static_cast<uint64_t>((end() - options_.start).count()) - import_time;
  const auto later = static_cast<unsigned __int128>(options_.leads - imported) * (elapsed - import_time) / total;
  return std::min(options_.leads, imported + static_cast<uint64_t>(later));
}

}  // namespace leadpulse::simulate
