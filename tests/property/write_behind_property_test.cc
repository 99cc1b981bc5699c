// A store that writes later reads like one that writes at once, even in the middle of a write, and the store behind it
// always has a whole earlier commit of each partition. A snapshot stays as it was.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <vector>

#include "state/codec/row_form.h"
#include "state/store/write_behind_store.h"
#include "tests/support/forwarding_store.h"

namespace leadpulse::state::write_behind_property_test {

constexpr uint32_t kPartitions = 2;
constexpr int kKeys = 10;
constexpr int kTimes = 12;
constexpr size_t kAll = 1000;

std::string KeyOf(int number) { return EncodedLeadKey("acme\0", 5) + std::to_string(number); }
std::string PositionName(PartitionId partition) { return "position/" + std::to_string(partition.value); }

// Returns a front in a row's form; nobody decodes it.
std::string FrontOf(uint64_t number) {
  std::string front(kRowBodyAt, kRowVersion);
  front += std::to_string(number) + ":";
  StoreNumber(static_cast<uint32_t>(front.size()), &front[kFrontSizeAt]);
  return front;
}

// Returns a list of one published change.
std::string Published(uint64_t number) {
  const std::string change = std::to_string(number);
  return "\n" + std::string(1, static_cast<char>(change.size())) + change;
}

// Returns the contents of a partition that a store that writes later has, too.
std::string Contents(const LeadReader& store, PartitionId partition) {
  std::string text = store.GetMeta(PositionName(partition))->value_or("none");
  RC_ASSERT(store
                .VisitLeads(partition, "",
                            [&](std::string_view key, std::string_view value) {
                              text.append(" ").append(key.substr(5)).append("=").append(value);
                              return true;
                            })
                .ok());
  const Result<std::vector<DueTimer>> timers =
      store.DueTimers(partition, Instant::DistantPast(), Instant::Never(), kAll);
  for (const DueTimer& timer : *timers) text += " @" + std::to_string(timer.due.millis) + timer.key.substr(5);
  text += store.HasErasures(partition) ? " erased:" : "";
  for (int i = 0; i < kKeys; ++i) {
    const std::optional<Erasure> erasure = *store.GetErasure(partition, KeyOf(i));
    if (erasure) text += " " + std::to_string(i) + "/" + std::to_string(erasure->last_seq.value);
  }
  return text;
}

// Returns all contents of a partition.
std::string WholeContents(const LeadReader& store, PartitionId partition) {
  std::string text = Contents(store, partition);
  for (int i = 0; i < kKeys; ++i) {
    text += "\n" + store.GetPublished(partition, KeyOf(i))->value_or("none");
    text += " on day " + store.GetDayCounts(partition, KeyOf(i))->value_or("none");
  }
  RC_ASSERT(store
                .VisitDayCounts(partition,
                                [&](std::string_view key, std::string_view value) {
                                  text.append(" ").append(key).append("=").append(value);
                                  return true;
                                })
                .ok());
  return text;
}

// A store that reads in the middle of a write, before and after it takes effect.
class InterruptedStore : public testing::ForwardingStore {
 public:
  explicit InterruptedStore(std::function<void()> look) : ForwardingStore(kPartitions), look_(std::move(look)) {}
  Status Commit(const EpochWrite& write) override {
    look_();
    Status committed = ForwardingStore::Commit(write);
    look_();
    return committed;
  }

 private:
  std::function<void()> look_;
};

class WriteBehindRun {
 public:
  void Step() {
    const PartitionId partition{*rc::gen::inRange<uint32_t>(0, kPartitions)};
    switch (*rc::gen::weightedElement<int>({{8, 0}, {3, 1}, {1, 2}, {4, 3}, {3, 4}, {3, 5}})) {
      case 0:
        return Commit(partition, false);
      case 1:
        RC_ASSERT(behind_->WriteOut().ok());
        return CheckBehind();
      case 2:
        return Commit(partition, true);
      case 4:
        return TakeSnapshot();
      case 5:
        return EndSnapshot();
      default:
        return Compare();
    }
  }
  void End() {
    Compare();
    while (!snapshots_.empty()) EndSnapshot();
    RC_ASSERT(behind_->WriteOut().ok());
    for (uint32_t i = 0; i < kPartitions; ++i) {
      RC_ASSERT(WholeContents(store_, PartitionId{i}) == WholeContents(*plain_, PartitionId{i}));
    }
  }

 private:
  void Commit(PartitionId partition, bool drop) {
    EpochWrite write;
    if (drop) {
      write.dropped = {partition};
      std::erase_if(timers_, [&](const auto& known) { return known.first.first == partition; });
    }
    std::map<int, bool> keys;
    for (int number : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, kKeys))) keys[number];
    for (const auto& [number, unused] : keys) write.leads.push_back(WriteOf(partition, number, !drop));
    if (*rc::gen::inRange(0, 4) == 0) {
      const std::string hash = plain_->ErasureHash(KeyOf(*rc::gen::inRange(0, kKeys)));
      write.erasures.push_back({partition, hash, {Instant{1}, SequenceNumber{++count_}}});
    }
    if (*rc::gen::inRange(0, 3) == 0) {
      const bool deletes = *rc::gen::inRange(0, 4) == 0;
      write.day_counts.push_back({partition, KeyOf(*rc::gen::inRange(0, kKeys)),
                                  deletes ? std::nullopt : std::optional(std::to_string(++count_))});
    }
    write.meta.emplace_back(PositionName(partition), std::to_string(++count_));
    RC_ASSERT(plain_->Commit(write).ok());
    written_[partition].push_back(Contents(*plain_, partition));
    RC_ASSERT(behind_->CommitPartition(partition, std::move(write)).ok());
    CheckBehind();
  }

  RowWrite WriteOf(PartitionId partition, int number, bool may_append) {
    RowWrite lead{partition, KeyOf(number), std::nullopt};
    const auto timer = timers_.find({partition, number});
    if (timer != timers_.end()) lead.old_timer = timer->second;
    if (*rc::gen::inRange(0, 4) != 0) {
      ++count_;
      const std::string row = FrontOf(count_) + "+" + std::to_string(count_);
      lead.appended = may_append && *rc::gen::arbitrary<bool>() && (*plain_->Get(partition, lead.key)).has_value();
      lead.value = lead.appended ? kAppendMark + row : row;
      const int at = *rc::gen::inRange(0, kTimes);
      if (at > 2) lead.new_timer = Instant{at};
      if (*rc::gen::inRange(0, 3) == 0) lead.published = Published(++count_);
      lead.new_life = !lead.appended && *rc::gen::inRange(0, 6) == 0;
    }
    timers_[{partition, number}] = lead.new_timer;
    return lead;
  }

  // Checks that the store behind has the contents after some commit of the partition, and never goes back.
  void CheckBehind() {
    for (auto& [partition, contents] : written_) {
      const std::string now = Contents(store_, partition);
      const auto found = std::ranges::find(contents, now);
      RC_ASSERT(found != contents.end());
      contents.erase(contents.begin(), found);
    }
  }

  void TakeSnapshot() {
    auto taken = behind_->Snapshot();
    RC_ASSERT(taken.ok());
    Held held{std::move(*taken), {}};
    for (uint32_t i = 0; i < kPartitions; ++i) held.contents.push_back(WholeContents(*plain_, PartitionId{i}));
    snapshots_.push_back(std::move(held));
  }

  void EndSnapshot() {
    if (snapshots_.empty()) return;
    const auto held = snapshots_.begin() + *rc::gen::inRange<ptrdiff_t>(0, std::ssize(snapshots_));
    for (uint32_t i = 0; i < kPartitions; ++i) {
      RC_ASSERT(WholeContents(*held->rows, PartitionId{i}) == held->contents[i]);
    }
    snapshots_.erase(held);
  }

  void Compare() const {
    const PartitionId partition{*rc::gen::inRange<uint32_t>(0, kPartitions)};
    RC_ASSERT(Contents(*behind_, partition) == Contents(*plain_, partition));
    const auto snapshot = behind_->Snapshot();
    RC_ASSERT(WholeContents(**snapshot, partition) == WholeContents(*plain_, partition));
    CompareReads(*behind_, partition);
    CompareReads(**snapshot, partition);
  }

  // Compares reads of a store or a snapshot that has all commits.
  void CompareReads(const LeadReader& reader, PartitionId partition) const {
    std::vector<EncodedLeadKey> keys;
    for (int i = 0; i < kKeys; ++i) keys.push_back(KeyOf(i));
    std::ranges::sort(keys);
    const auto rows = *plain_->MultiGet(partition, keys, LeadStore::kAllRows);
    RC_ASSERT(*reader.MultiGet(partition, keys, LeadStore::kAllRows) == rows);
    const auto first_rows = *reader.MultiGet(partition, keys, *rc::gen::inRange<size_t>(0, 100));
    RC_ASSERT(!first_rows.empty());
    RC_ASSERT(std::ranges::equal(first_rows, std::span(rows).first(first_rows.size())));
    const std::string key = keys[*rc::gen::inRange<size_t>(0, kKeys)];
    RC_ASSERT(*reader.Get(partition, key) == *plain_->Get(partition, key));
    // Reads in parts.
    std::vector<std::string> visited, all;
    const size_t most = *rc::gen::inRange<size_t>(1, kKeys);
    const auto into = [most](std::vector<std::string>* to) {
      return [to, most](std::string_view visited_key, std::string_view) {
        to->emplace_back(visited_key);
        return to->size() < most;
      };
    };
    RC_ASSERT(reader.VisitLeads(partition, key, into(&visited)).ok());
    RC_ASSERT(plain_->VisitLeads(partition, key, into(&all)).ok());
    RC_ASSERT(visited == all);
    const Instant from{*rc::gen::inRange(0, kTimes)}, until{*rc::gen::inRange(0, kTimes)};
    const auto due = *reader.DueTimers(partition, from, until, most);
    const auto expected = *plain_->DueTimers(partition, from, until, most);
    RC_ASSERT(due.size() == expected.size());
    for (size_t i = 0; i < due.size(); ++i) {
      RC_ASSERT(due[i].due == expected[i].due);
      RC_ASSERT(due[i].key == expected[i].key);
    }
  }

  struct Held {
    std::unique_ptr<const LeadReader> rows;
    std::vector<std::string> contents;  // of each partition, when it was taken
  };

  uint64_t count_ = 0;
  const FixedClock clock_{Instant{0}};
  std::unique_ptr<LeadStore> plain_ = MakeMemoryLeadStore(kPartitions);
  InterruptedStore store_{[this] { Compare(); }};
  std::unique_ptr<WriteBehindStore> behind_ =
      MakeWriteBehindStore({.max_bytes = *rc::gen::element<size_t>(1, 1000, 1 << 20)}, &store_, &clock_);
  std::vector<Held> snapshots_;
  std::map<std::pair<PartitionId, int>, Instant> timers_;  // each lead's
  std::map<PartitionId, std::vector<std::string>> written_{{PartitionId{0}, {"none"}}, {PartitionId{1}, {"none"}}};
};

RC_GTEST_PROP(WriteBehind, ReadsAsIfItWroteAtOnce, ()) {
  WriteBehindRun run;
  for (int steps = *rc::gen::inRange(1, 60); steps > 0; --steps) run.Step();
  run.End();
}

}  // namespace leadpulse::state::write_behind_property_test
