#include "state/codec/journal_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/lead_examples.h"

namespace leadpulse::state::journal_codec_test {

using testing::Entry;
using testing::FullEntry;
using ::testing::HasSubstr;
using testing::OwnedEntriesOf;
using testing::OwnedEntry;
using testing::YearOfMail;

std::string Encoded(const std::vector<OwnedEntry>& entries) {
  return EncodeJournal(Journal(testing::FieldsOf(entries), {}).entries());
}

// Returns the bytes per entry that the journal takes in addition to event and message ids.
double BytesPerEntryBesideIds(const std::vector<OwnedEntry>& entries) {
  size_t ids = 0;
  std::string previous_message;
  for (const OwnedEntry& entry : entries) {
    ids += entry.event_id.size();
    if (entry.message_id != previous_message) ids += entry.message_id.size();
    previous_message = entry.message_id;
  }
  return static_cast<double>(Encoded(entries).size() - ids) / static_cast<double>(entries.size());
}

std::string WrongJournal(std::string_view bytes) {
  Result<std::vector<EntryFields>> result = DecodeJournal(bytes);
  return result.ok() ? "nothing is wrong" : result.status().message();
}

TEST(JournalCodecTest, ReadsBackWhatItWrote) {
  for (const auto& entries : {std::vector<OwnedEntry>(), {FullEntry()}, YearOfMail()}) {
    const std::string bytes = Encoded(entries);
    Result<std::vector<EntryFields>> decoded = DecodeJournal(bytes);
    ASSERT_TRUE(decoded.ok()) << decoded.status().message();
    EXPECT_EQ(OwnedEntriesOf(*decoded), entries);
  }
}

// A string that occurred before is written as its number: one that differs from it in a single byte is another.
TEST(JournalCodecTest, KeepsApartStringsThatDifferInOneByte) {
  std::vector<std::string> texts;
  for (const size_t size : {2, 7, 8, 9, 15, 16, 17, 24, 33, 256}) {
    texts.emplace_back(size, 'x');
    for (size_t at = 0; at < size; ++at) (texts.emplace_back(size, 'x'))[at] = 'y';
  }
  std::vector<OwnedEntry> entries;
  for (int times = 0; times < 2; ++times) {
    for (const std::string& text : texts) {
      const auto minute = static_cast<int64_t>(entries.size());
      entries.push_back(Entry(EventType::kOpen, minute, std::to_string(minute)));
      entries.back().message_id = text;
      entries.back().campaign_id = texts[(entries.size() * 7) % texts.size()];
    }
  }
  const std::string bytes = Encoded(entries);
  Result<std::vector<EntryFields>> decoded = DecodeJournal(bytes);
  ASSERT_TRUE(decoded.ok()) << decoded.status().message();
  EXPECT_EQ(OwnedEntriesOf(*decoded), entries);
  const std::vector<OwnedEntry> once(entries.begin(), entries.begin() + static_cast<ptrdiff_t>(texts.size()));
  constexpr size_t kWithoutTexts = 16;
  EXPECT_LT(bytes.size() - Encoded(once).size(), texts.size() * kWithoutTexts) << "the second time only numbers follow";
}

TEST(JournalCodecTest, KeepsEveryInstantAndNumber) {
  std::vector<OwnedEntry> entries = {FullEntry(), FullEntry(), FullEntry()};
  entries[0].occurred_at = Instant::DistantPast();
  entries[1].occurred_at = {-1};
  entries[2].occurred_at = Instant::Never();
  for (size_t i = 0; i < entries.size(); ++i) entries[i].event_id += std::to_string(i);
  double infinity = std::numeric_limits<double>::infinity();
  entries[0].properties = {
      {"a", 0.1}, {"b", *Number::ParseJson("12.50")}, {"c", infinity}, {"d", 9007199254740992.0}, {"e", 1e300}};
  entries[1].properties = {{"f", std::string(300, 'x')}, {"g", std::string(300, 'x')}, {"h", std::string()}};
  const std::string bytes = Encoded(entries);
  Result<std::vector<EntryFields>> decoded = DecodeJournal(bytes);
  ASSERT_TRUE(decoded.ok()) << decoded.status().message();
  EXPECT_EQ(OwnedEntriesOf(*decoded), entries);
  EXPECT_EQ(std::get<Number>((*(*decoded)[0].properties)[1].second).Spelling(), "12.50");
}

TEST(JournalCodecTest, KeepsEveryDayAndItsFirstInstant) {
  std::vector<OwnedEntry> entries = {FullEntry()};
  const CalendarDay first{kFirstDay, {-62'135'640'000'000}},
      apia{*ParseDay("2011-12-30"), *ParseRfc3339("2011-12-30T10:00:00Z")};
  entries[0].properties = {{"a", first}, {"b", CalendarDay{kLastDay, kLastInstant}}, {"c", ScalarList{apia, 1.0}}};
  const std::string bytes = Encoded(entries);
  Result<std::vector<EntryFields>> decoded = DecodeJournal(bytes);
  ASSERT_TRUE(decoded.ok()) << decoded.status().message();
  EXPECT_EQ(OwnedEntriesOf(*decoded), entries);
  for (const Day day : {kFirstDay - 1, kLastDay + 1}) {
    entries[0].properties = {{"a", CalendarDay{day, {}}}};
    EXPECT_THAT(WrongJournal(Encoded(entries)), HasSubstr("property: a day that has no date"));
  }
}

TEST(JournalCodecTest, AUsualEntryTakesFewBytesBesideItsIds) {
  std::vector<OwnedEntry> year = YearOfMail();
  double bytes = BytesPerEntryBesideIds(year);
  RecordProperty("bytes_per_entry", std::to_string(bytes));
  EXPECT_LE(bytes, 16.0);
  // One entry, apart from the others: the promise is 40 bytes for each.
  std::vector<OwnedEntry> more = year;
  OwnedEntry visit = Entry(EventType::kPageVisit, 600'000, "visit-1");
  visit.campaign_id = year[0].campaign_id;
  visit.name = year[3].name;
  visit.properties = {{"total", 120.0}, {"vip", true}};
  more.push_back(visit);
  EXPECT_LE(Encoded(more).size() - Encoded(year).size() - visit.event_id.size(), 40u);
}

TEST(JournalCodecTest, NamesWhatIsWrong) {
  std::string bytes = Encoded({FullEntry()});
  EXPECT_THAT(WrongJournal(""), HasSubstr("number of entries: the bytes end here"));
  EXPECT_THAT(WrongJournal("\x7f"), HasSubstr("number of entries: 127 do not fit into the 0 bytes that are left"));
  EXPECT_THAT(WrongJournal(bytes + "x"), HasSubstr("1 bytes follow the last entry"));
  EXPECT_THAT(WrongJournal(bytes.substr(0, bytes.size() - 1)), HasSubstr("journal entry 1, property"));
  std::string unknown_type = bytes;
  unknown_type[1] = static_cast<char>(unknown_type[1] | 0x0f);
  EXPECT_THAT(WrongJournal(unknown_type), HasSubstr("journal entry 1, type: unknown number 15"));
  EXPECT_THAT(WrongJournal(std::string("\x01\x23\x02\x00\x00\x05", 6)),
              HasSubstr("campaign id: refers to text 2 of 0"));
  // One entry, a custom event with a name of 65,536 bytes.
  const std::string long_name = std::string("\x01\x0c\x04\x02\x01x\x80\x80\x08", 9) + std::string(65'536, 'n');
  EXPECT_THAT(WrongJournal(long_name), HasSubstr("name: a text of 65536 bytes, where at most 65535 are held"));
  EXPECT_THAT(WrongJournal(std::string(11, '\xff')), HasSubstr("more than 64 bits"));
}

TEST(JournalCodecTest, RefusesWhatBreaksTheJournal) {
  OwnedEntry a = Entry(EventType::kOpen, 1, "a");
  OwnedEntry again = Entry(EventType::kOpen, 2, "a");
  EXPECT_THAT(WrongJournal(Encoded({a, again})), HasSubstr("entry 2, event id: also the id of"));
  EXPECT_THAT(WrongJournal(Encoded({a, a})), HasSubstr("not in the order of time and id"));
  OwnedEntry received = a;
  received.received = true;
  received.address = 2;
  OwnedEntry of_lower_slot = received;
  of_lower_slot.address = 1;
  EXPECT_EQ(WrongJournal(Encoded({a, received, of_lower_slot})), "nothing is wrong")
      << "they stand by address, not by slot";
  EXPECT_THAT(WrongJournal(Encoded({received, a})), HasSubstr("not in the order of time and id"));
  EXPECT_THAT(WrongJournal(Encoded({a, received, received})), HasSubstr("entry 3, event id: also the id of"));
}

}  // namespace leadpulse::state::journal_codec_test
