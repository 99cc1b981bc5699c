#include "state/codec/day_counts.h"

#include <utility>

#include "leadpulse/v1/day_counts.pb.h"
#include "state/codec/row_fields.h"

namespace leadpulse::state {
namespace {

// A key: the day, big endian with its sign bit flipped, then the scope, the tenant, NUL, the id.
constexpr size_t kDayBytes = 4;
constexpr uint32_t kSignBit = uint32_t{1} << 31;

// The numbers of counters in day_counts.proto. Persisted: never renumber.
constexpr uint64_t kStages = 1;
constexpr uint64_t kEmailStatuses = 16;
constexpr uint64_t kEntered = 30;
constexpr uint64_t kLeft = 31;
constexpr uint64_t kByDefinitions = 32;
constexpr uint64_t kEvents = 64;

// Calls use(number, count) with each counter of changes, by ascending number.
template <typename Changes, typename Use>
void ForEachChange(Changes& changes, uint64_t base, const Use& use) {
  use(base, changes.created);
  for (size_t i = 0; i < changes.stages.size(); ++i) use(base + kStages + i, changes.stages[i]);
  for (size_t i = 0; i < changes.email_statuses.size(); ++i) use(base + kEmailStatuses + i, changes.email_statuses[i]);
  use(base + kEntered, changes.entered);
  use(base + kLeft, changes.left);
}

// Returns the counter of that number; null if there is none.
uint64_t* CounterOf(uint64_t number, DayCounts* counts) {
  if (number >= kEvents) return number - kEvents < counts->events.size() ? &counts->events[number - kEvents] : nullptr;
  CountedChanges& changes = number >= kByDefinitions ? counts->by_definitions : counts->changes;
  number %= kByDefinitions;
  if (number == 0) return &changes.created;
  if (number < kEmailStatuses)
    return number - kStages < changes.stages.size() ? &changes.stages[number - kStages] : nullptr;
  if (number >= kEntered) return number == kEntered ? &changes.entered : &changes.left;
  number -= kEmailStatuses;
  return number < changes.email_statuses.size() ? &changes.email_statuses[number] : nullptr;
}

void AppendVarint(uint64_t value, std::string* bytes) {
  for (; value >= 0x80; value >>= 7) bytes->push_back(static_cast<char>(value | 0x80));
  bytes->push_back(static_cast<char>(value));
}

void AppendNumber(int field, uint64_t value, std::string* bytes) {
  if (value == 0) return;
  AppendVarint(static_cast<uint64_t>(field) << 3, bytes);  // a varint
  AppendVarint(value, bytes);
}

// Appends the tiers of both, by name.
void AppendTiers(const DayCounts& counts, std::string* bytes) {
  const auto append = [bytes](const std::string& name, uint64_t count, uint64_t by_definitions) {
    std::string tier;
    AppendFieldHead(v1::CountedTier::kNameFieldNumber, name.size(), &tier);
    tier += name;
    AppendNumber(v1::CountedTier::kCountFieldNumber, count, &tier);
    AppendNumber(v1::CountedTier::kByDefinitionsFieldNumber, by_definitions, &tier);
    AppendFieldHead(v1::DayCounts::kTiersFieldNumber, tier.size(), bytes);
    *bytes += tier;
  };
  auto other = counts.by_definitions.tiers.begin();
  const auto end = counts.by_definitions.tiers.end();
  for (const auto& [name, count] : counts.changes.tiers) {
    for (; other != end && other->first < name; ++other) append(other->first, 0, other->second);
    const bool has_both = other != end && other->first == name;
    append(name, count, has_both ? other->second : 0);
    if (has_both) ++other;
  }
  for (; other != end; ++other) append(other->first, 0, other->second);
}

template <typename Numbers>
void AddNumbers(const Numbers& from, Numbers* sum) {
  for (size_t i = 0; i < sum->size(); ++i) (*sum)[i] += from[i];
}

}  // namespace

CountedChanges& CountedChanges::operator+=(const CountedChanges& other) {
  created += other.created;
  entered += other.entered;
  left += other.left;
  AddNumbers(other.stages, &stages);
  AddNumbers(other.email_statuses, &email_statuses);
  for (const auto& [name, count] : other.tiers) tiers[name] += count;
  return *this;
}

DayCounts& DayCounts::operator+=(const DayCounts& other) {
  changes += other.changes;
  by_definitions += other.by_definitions;
  AddNumbers(other.events, &events);
  return *this;
}

// Writes the bytes without a message: a commit encodes many rows, and a message allocates for each tier.
std::string EncodeDayCounts(const DayCounts& counts) {
  std::string numbers;
  const auto append = [&numbers](uint64_t number, uint64_t count) {
    if (count == 0) return;
    AppendVarint(number, &numbers);
    AppendVarint(count, &numbers);
  };
  ForEachChange(counts.changes, 0, append);
  ForEachChange(counts.by_definitions, kByDefinitions, append);
  for (size_t i = 0; i < counts.events.size(); ++i) append(kEvents + i, counts.events[i]);
  std::string bytes;
  if (!numbers.empty()) AppendFieldHead(v1::DayCounts::kCountsFieldNumber, numbers.size(), &bytes);
  bytes += numbers;
  AppendTiers(counts, &bytes);
  AppendNumber(v1::DayCounts::kEpochFieldNumber, counts.epoch, &bytes);
  return bytes;
}

std::optional<DayCounts> DecodeDayCounts(std::string_view bytes) {
  v1::DayCounts message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || message.counts_size() % 2 != 0) {
    return std::nullopt;
  }
  DayCounts counts;
  for (int i = 0; i < message.counts_size(); i += 2) {
    uint64_t* const counter = CounterOf(message.counts(i), &counts);
    if (counter == nullptr) return std::nullopt;  // a later version counts more
    *counter = message.counts(i + 1);
  }
  for (const v1::CountedTier& tier : message.tiers()) {
    if (tier.count() > 0) counts.changes.tiers[tier.name()] = tier.count();
    if (tier.by_definitions() > 0) counts.by_definitions.tiers[tier.name()] = tier.by_definitions();
  }
  counts.epoch = message.epoch();
  return counts;
}

std::string EncodeDayCountsKey(const DayCountsKey& key) {
  std::string bytes;
  bytes.reserve(kDayBytes + 1 + key.tenant.size() + 1 + key.id.size());
  const uint32_t day = static_cast<uint32_t>(key.day.since_epoch) ^ kSignBit;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(day >> shift));
  bytes.push_back(static_cast<char>(key.scope));
  bytes += key.tenant;
  bytes.push_back('\0');
  bytes += key.id;
  return bytes;
}

std::optional<DayCountsKey> ParseDayCountsKey(std::string_view bytes) {
  if (bytes.size() <= kDayBytes) return std::nullopt;
  uint32_t day = 0;
  for (size_t i = 0; i < kDayBytes; ++i) day = day << 8 | static_cast<uint8_t>(bytes[i]);
  const auto scope = static_cast<DayScope>(bytes[kDayBytes]);
  bytes.remove_prefix(kDayBytes + 1);
  const size_t end = bytes.find('\0');  // no tenant's id has one
  if (end == std::string_view::npos || scope > DayScope::kSegment) return std::nullopt;
  return DayCountsKey{Day{static_cast<int32_t>(day ^ kSignBit)}, std::string(bytes.substr(0, end)), scope,
                      std::string(bytes.substr(end + 1))};
}

}  // namespace leadpulse::state
