// A journal is bounded in bytes, whatever its entries hold.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "state/codec/journal_codec.h"
#include "state/lead/journal.h"

namespace leadpulse::state::journal_bytes_test {

// The row of a lead fits a Kafka record of 8 MiB. Profile, notes and what a mailbox knows of others take the rest.
constexpr size_t kMaxStored = kMaxJournalBytes / 8 * 9 / 7 * 10;
constexpr size_t kMaxMemory = size_t{64} << 20;

// Makes entries that take as much as they can for the bytes that they count.
class AmplifyingShape {
 public:
  explicit AmplifyingShape(uint64_t seed) : random_(seed) {
    const size_t properties = Below(17);
    EntryProperties made;
    for (size_t i = 0; i < properties; ++i) {
      Value value = Below(2) == 0 ? AnyScalar<Value>() : Value(AnyList());
      made.emplace_back(std::string(1, static_cast<char>('a' + i)), std::move(value));
    }
    if (!made.empty()) properties_ = std::make_shared<const EntryProperties>(std::move(made));
    if (properties == 0) target_.assign(1 + Below(128), 'r');
  }

  // Returns a journal of so many entries, which are as short as they can be otherwise.
  Journal Of(size_t count) {
    while (ids_.size() < count) ids_.push_back(IdOf(ids_.size()));
    std::vector<EntryFields> entries;
    for (size_t i = 0; i < count; ++i) entries.push_back(EntryOf(ids_[i], i));
    return Journal(entries, FoldedEntries());
  }
  // Returns the most entries that a journal holds.
  size_t Most() {
    size_t fits = 1, too_many = kMaxJournalBytes / kCountedEntryBytes + 1;
    while (too_many - fits > 1) {
      const size_t count = (fits + too_many) / 2;
      const std::string next = IdOf(count);
      (Of(count - 1).FoldedBy(EntryOf(next, count), 1'000'000) == 0 ? fits : too_many) = count;
    }
    return fits;
  }

 private:
  size_t Below(size_t bound) { return random_() % bound; }

  static std::string IdOf(size_t number) {
    std::string id;
    for (int i = 0; i < 3; ++i, number /= 41) id.push_back(static_cast<char>('0' + number % 41));
    return id;
  }
  EntryFields EntryOf(std::string_view id, size_t number) const {
    EntryFields entry;
    entry.occurred_at = {static_cast<int64_t>(number) * 40'000'000};
    entry.type = target_.empty() ? EventType::kCustom : EventType::kRetract;
    entry.event_id = id;
    entry.subject = target_;
    entry.properties = properties_;
    return entry;
  }

  template <typename AnyValue>
  AnyValue AnyScalar() {
    switch (Below(7)) {
      case 0:
        return Below(2) == 0;
      case 1:
        return Number(0.1 + static_cast<double>(Below(1000)));
      case 2:
        return *Number::Parse(std::string(40, '9') + "." + std::string(20, '9'));
      case 3:
        return Instant{1'900'000'000'000};
      case 4:
        return CalendarDay{Day{20'000}, Instant{1'728'000'000'000}};
      case 5:
        return std::string(1, static_cast<char>('a' + Below(26)));
      default:
        return std::string(256, static_cast<char>('a' + Below(26)));
    }
  }
  ScalarList AnyList() {
    const Scalar element = AnyScalar<Scalar>();
    return ScalarList(20, element);
  }

  std::mt19937_64 random_;
  std::shared_ptr<const EntryProperties> properties_;
  std::string target_;
  std::vector<std::string> ids_;
};

// Only texts count, as long as the rest is less than an eighth of the bound.
TEST(JournalBytesTest, NumbersOfLongEntriesDoNotCount) {
  EntryProperties properties;
  for (int i = 0; i < 16; ++i) properties.emplace_back("p" + std::to_string(10 + i), Value(Number(0.5)));
  const std::string name(2'000, 'n');
  EntryFields entry;
  entry.type = EventType::kCustom;
  entry.name = name;
  entry.properties = std::make_shared<const EntryProperties>(std::move(properties));
  const size_t counted = kCountedEntryBytes + 4 + name.size() + 16 * 3;
  Journal journal;
  for (size_t i = 0; i < kMaxJournalBytes / counted + 1; ++i) {
    const std::string id = std::to_string(1'000 + i);
    entry.event_id = id;
    entry.occurred_at = {static_cast<int64_t>(i)};
    EXPECT_EQ(journal.FoldedBy(entry, 10'000), i < kMaxJournalBytes / counted ? 0u : 1u) << i;
    EXPECT_EQ(journal.Add(entry, 10'000).folded, i < kMaxJournalBytes / counted ? 0u : 1u) << i;
  }
}

TEST(JournalBytesTest, AreBoundedWhateverAnEntryHolds) {
  size_t largest = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    AmplifyingShape shape(seed);
    const Journal journal = shape.Of(shape.Most());
    const size_t stored = EncodeJournal(journal.entries()).size();
    largest = std::max(largest, stored);
    EXPECT_LE(stored, kMaxStored);
    EXPECT_LE(journal.MemoryBytes(), kMaxMemory);
  }
  EXPECT_GT(largest, kMaxJournalBytes * 9 / 10) << "they are not amplifying";
}

// 8 lists of 20 numbers of 60 digits, which count 64 bytes together.
TEST(JournalBytesTest, DigitsFoldEarlier) {
  const Number number = *Number::Parse(std::string(40, '9') + "." + std::string(20, '9'));
  EntryFields entry;
  entry.type = EventType::kCustom;
  EntryProperties properties;
  for (int i = 0; i < 8; ++i) {
    properties.emplace_back("p" + std::to_string(i), Value(ScalarList(20, Scalar(number))));
  }
  entry.properties = std::make_shared<const EntryProperties>(std::move(properties));
  Journal journal;
  size_t folded = 0;
  for (int i = 0; i < 1'000; ++i) {
    const std::string id = std::to_string(i);
    entry.event_id = id;
    entry.occurred_at = {i};
    folded += journal.Add(entry, 1'000).folded;
  }
  EXPECT_GT(folded, 500u);
  EXPECT_LE(EncodeJournal(journal.entries()).size(), kMaxStored);
}

}  // namespace leadpulse::state::journal_bytes_test
