#include "state/codec/lead_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "leadpulse/v1/lead_state.pb.h"
#include "state/codec/journal_codec.h"
#include "state/codec/row_form.h"
#include "tests/support/lead_examples.h"
#include "tests/support/row_examples.h"

namespace leadpulse::state::lead_codec_test {

using ::testing::AllOf;
using testing::Entry;
using testing::FullLead;
using ::testing::HasSubstr;
using testing::OwnedEntry;
using testing::SealFirstVersion;
using testing::SealLeadBody;
using testing::YearOfMail;

std::string Wrong(const Result<Lead>& result) { return result.ok() ? "nothing is wrong" : result.status().message(); }

TEST(LeadCodecTest, ReadsBackWhatItWrote) {
  Lead fresh;
  fresh.key = {"t", "new"};
  for (const Lead& lead : {FullLead(), fresh}) {
    Result<Lead> decoded = DecodeLead(lead.key, EncodeLead(lead));
    ASSERT_TRUE(decoded.ok()) << decoded.status().message();
    EXPECT_EQ(*decoded, lead);
  }
}

// Most fields are written without Protobuf. Other programs and earlier versions read the same bytes as from it.
TEST(LeadCodecTest, TheBodyHasTheBytesThatProtobufWrites) {
  Lead fresh, negative = FullLead();
  fresh.key = {"t", "new"};
  negative.profile.qualification = -7;
  negative.profile.do_not_contact = false;
  negative.profile.set_stage = StageSetting{Stage::kNew, Instant{-1}};
  negative.journal = Journal();
  for (const OwnedEntry& entry : YearOfMail()) negative.journal.Add(entry, 1000);  // as long a count as any
  for (const Lead& lead : {FullLead(), fresh, negative}) {
    const std::string row = EncodeLead(lead);
    std::string_view body;
    ASSERT_EQ(UnsealRow(lead.key, row, &body), "");
    v1::LeadState message;
    ASSERT_TRUE(message.ParseFromArray(body.data(), static_cast<int>(body.size())));
    const std::string journal = message.journal();
    message.clear_journal();
    v1::LeadState entries;
    entries.set_journal(journal);
    EXPECT_EQ(body, message.SerializeAsString() + entries.SerializeAsString()) << lead.key.lead;
  }
}

TEST(LeadCodecTest, PartsThatAreEmptyTakeNoMemory) {
  Lead lead;
  lead.key = {"t", "ann@example.com"};
  lead.profile.extras.Get();
  lead.identity.Get().is_no_lead = true;
  lead.identity->withheld.Get();
  lead.identity->others.Get();
  const Result<Lead> decoded = DecodeLead(lead.key, EncodeLead(lead));
  ASSERT_TRUE(decoded.ok()) << decoded.status().message();
  EXPECT_EQ(*decoded, lead);
  EXPECT_FALSE(decoded->profile.extras);
  EXPECT_FALSE(decoded->identity->withheld);
  EXPECT_FALSE(decoded->identity->others);
}

TEST(LeadCodecTest, ConvertedValuesAreNotStored) {
  Lead lead = FullLead();
  std::string bytes = EncodeLead(lead);
  lead.profile.attributes["budget"].converted = 1.0;
  EXPECT_EQ(EncodeLead(lead), bytes);
}

// Texts that a journal refers to by number are its own, not those of the previous lead.
TEST(LeadCodecTest, AnEncoderKeepsNothingOfALeadForTheNext) {
  Lead ann;
  ann.key = {"acme", "ann"};
  for (const OwnedEntry& entry : YearOfMail()) ann.journal.Add(entry, 1000);
  Lead bob = ann;
  bob.key = {"acme", "bob"};
  Lead full = FullLead();
  LeadEncoder encoder;
  for (const Lead* lead : {&ann, &bob, &full, &ann}) EXPECT_EQ(encoder.Encode(*lead), EncodeLead(*lead));
}

TEST(LeadCodecTest, ACachedProfileGivesTheSameRow) {
  LeadEncoder encoder;
  Lead lead = FullLead();
  for (const Instant erased_at : {Instant::DistantPast(), Instant{-1}, Instant{0}, Instant{1'700'000'000'000}}) {
    EncodedProfile cached;
    lead.erased_at = erased_at;
    for (const uint64_t seq : {uint64_t{0}, uint64_t{1}, uint64_t{300}, ~uint64_t{0}}) {
      lead.last_seq.value = seq;
      EXPECT_EQ(encoder.Encode(lead, &cached), EncodeLead(lead)) << erased_at.millis << " " << seq;
    }
    EXPECT_GT(cached.MemoryBytes(), 100u);
    lead.profile.attributes["company"].sent = "of " + std::to_string(erased_at.millis);
    cached.Reset();
    EXPECT_EQ(cached.MemoryBytes(), 0u);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(encoder.Encode(lead, &cached), EncodeLead(lead)) << i;
    EXPECT_EQ(encoder.Encode(FullLead()), EncodeLead(FullLead())) << "another lead follows";
  }
}

TEST(LeadCodecTest, ADecoderKeepsNothingOfALeadForTheNext) {
  Lead fresh;
  fresh.key = {"t", "new"};
  const Lead full = FullLead();
  LeadDecoder decoder;
  for (const Lead* lead : std::initializer_list<const Lead*>{&full, &fresh, &full}) {
    Lead decoded;
    decoded.key = lead->key;
    const Status status = decoder.Decode(EncodeLead(*lead), &decoded);
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(decoded, *lead);
  }
  Lead damaged;
  damaged.key = full.key;
  EXPECT_FALSE(decoder.Decode(SealLeadBody(full.key, "\x22\x7f journal that is cut"), &damaged).ok());
  Lead after;
  after.key = fresh.key;
  EXPECT_TRUE(decoder.Decode(EncodeLead(fresh), &after).ok());
  EXPECT_EQ(after, fresh);
}

TEST(LeadCodecTest, AnotherVersionIsNamed) {
  std::string bytes = EncodeLead(FullLead());
  bytes[0] = 9;
  EXPECT_THAT(Wrong(DecodeLead(FullLead().key, bytes)),
              AllOf(Not(HasSubstr("ann@example.com")), HasSubstr("acme"), HasSubstr("format version 9"),
                    HasSubstr("reads versions up to 2")));
}

// A state of an earlier program, and the records of its changelog.
TEST(LeadCodecTest, TheFirstVersionIsRead) {
  const Lead lead = FullLead();
  const std::string bytes = SealFirstVersion(lead.key, std::string_view(EncodeLead(lead)).substr(kRowBodyAt));
  EXPECT_EQ(bytes.front(), 1);
  const Result<Lead> decoded = DecodeLead(lead.key, bytes);
  ASSERT_TRUE(decoded.ok()) << decoded.status().message();
  EXPECT_EQ(*decoded, lead);
  EXPECT_EQ(decoded->journal.written(), 0u) << "nothing is appended to its row";
  EXPECT_EQ(*DecodeNextChangeAt(lead.key, bytes), lead.next_change_at);
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(DecodeLead(lead.key, bytes.substr(0, size)).ok());
  for (size_t bit = 8; bit < 8 * bytes.size(); ++bit) {
    std::string changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(DecodeLead(lead.key, changed).ok()) << "bit " << bit;
  }
}

// A lead with a row of a year of mail.
class AppendedLead : public ::testing::Test {
 protected:
  AppendedLead() {
    lead_.key = {"acme", "ann"};
    for (const OwnedEntry& entry : YearOfMail()) lead_.journal.Add(entry, kBound);
    row_ = EncodeLead(lead_);
    lead_.journal.SetWritten();
  }
  // Writes the lead, which then has that row.
  bool Write(size_t appended_before = 0) {
    bool append = false;
    write_ = encoder_.EncodeChange(lead_, appended_before, LeadEncoder::Appends::kRarely, &append);
    if (append) {
      AppendToRow(write_, &row_);
    } else {
      row_ = write_;
    }
    lead_.journal.SetWritten();
    EXPECT_EQ(row_, EncodeLead(lead_));
    return append;
  }

  static constexpr size_t kBound = 1000;
  Lead lead_;
  std::string row_, write_;
  LeadEncoder encoder_;
};

TEST_F(AppendedLead, WhatCameAtTheEndIsAppended) {
  for (int i = 0; i < 5; ++i) {
    lead_.journal.Add(Entry(EventType::kClick, 600'000 + i, "click-" + std::to_string(i)), kBound);
    lead_.last_seq.value += 3;
    EXPECT_TRUE(Write());
    EXPECT_LE(write_.size(), 120u);
  }
  lead_.next_change_at = {77};
  EXPECT_TRUE(Write()) << "a front alone";
  lead_.journal.Add(testing::Retract(700'000, "sorry", "click-2"), kBound);
  EXPECT_TRUE(Write()) << "the retraction of an entry is not written with it";
  Result<Lead> read = DecodeLead(lead_.key, row_);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(*read, lead_);
  EXPECT_EQ(read->journal.written(), lead_.journal.entries().size());
}

TEST_F(AppendedLead, WhatChangesEarlierBytesIsWrittenWhole) {
  lead_.journal.Add(Entry(EventType::kClick, 3, "late"), kBound);
  EXPECT_FALSE(Write());
  lead_.journal.Add(Entry(EventType::kClick, 600'000, "in time"), lead_.journal.entries().size());
  EXPECT_FALSE(Write()) << "one has folded";
  lead_.journal.Add(Entry(EventType::kClick, 600'001, "after that"), kBound);
  EXPECT_TRUE(Write());
  Lead copy = lead_;
  bool append = false;
  encoder_.EncodeChange(copy, 0, LeadEncoder::Appends::kRarely, &append);
  EXPECT_FALSE(append) << "nothing of a copy counts as written";
}

TEST_F(AppendedLead, AppendsAreAtMostAsManyBytesAsTheySpare) {
  const size_t entries = EncodeJournal(lead_.journal.entries()).size() - 2;  // without their count
  EXPECT_TRUE(Write(entries));
  EXPECT_FALSE(Write(entries + 1));
  Lead small;
  small.key = lead_.key;
  small.journal.Add(Entry(EventType::kOpen, 1, "one"), kBound);
  small.journal.SetWritten();
  bool append = true;
  EXPECT_EQ(encoder_.EncodeChange(small, 0, LeadEncoder::Appends::kRarely, &append), EncodeLead(small));
  EXPECT_FALSE(append);
}

TEST_F(AppendedLead, AppendsWithoutTheirOwnRowAreDamage) {
  const std::string first_row = row_;
  lead_.journal.Add(Entry(EventType::kClick, 600'000, "one"), kBound);
  ASSERT_TRUE(Write());
  const std::string first = write_;
  lead_.journal.Add(Entry(EventType::kClick, 600'001, "two"), kBound);
  ASSERT_TRUE(Write());
  EXPECT_THAT(Wrong(DecodeLead(lead_.key, write_)), HasSubstr("the row is missing that this was appended to"));
  std::string gap = first_row;
  AppendToRow(write_, &gap);
  EXPECT_THAT(Wrong(DecodeLead(lead_.key, gap)), HasSubstr("damaged"));
  std::string twice = first_row;
  for (const std::string& append : {first, write_, first}) AppendToRow(append, &twice);
  EXPECT_THAT(Wrong(DecodeLead(lead_.key, twice)), HasSubstr("damaged"));
}

// Decodes a body with a right checksum that this program would not write. Returns the error.
std::string WrongBody(v1::LeadState body) {
  const LeadKey key = FullLead().key;
  if (body.journal().empty()) body.set_journal(EncodeJournal({}));
  return Wrong(DecodeLead(key, SealLeadBody(key, body.SerializeAsString())));
}

TEST(LeadCodecTest, NamesWhatIsWrongInABody) {
  v1::LeadState list;
  auto* attribute = list.mutable_profile()->add_attributes();
  attribute->set_name("plan");
  attribute->mutable_sent()->mutable_list()->add_elements()->mutable_list();
  EXPECT_THAT(WrongBody(list), HasSubstr("attribute plan has a wrong number, or a list or a struct inside a list"));

  v1::LeadState stage;
  stage.mutable_profile()->set_set_stage(99);
  EXPECT_THAT(WrongBody(stage), HasSubstr("unknown stage 99"));

  v1::LeadState edit;
  edit.mutable_profile()->add_edits()->set_kind(9);
  EXPECT_THAT(WrongBody(edit), HasSubstr("unknown edit 9"));

  v1::LeadState view;
  view.mutable_view()->set_email_status(9);
  EXPECT_THAT(WrongBody(view), HasSubstr("unknown email status 9"));
  view.mutable_view()->set_email_status(0);
  view.mutable_view()->set_stage(77);
  EXPECT_THAT(WrongBody(view), HasSubstr("unknown stage 77"));

  v1::LeadState folded;
  folded.mutable_folded()->add_types()->set_type(200);
  EXPECT_THAT(WrongBody(folded), HasSubstr("folded totals of the unknown type 200"));

  v1::LeadState overlapping;
  overlapping.mutable_folded()->set_newest_at_ms(testing::AtMinute(10).millis);
  overlapping.mutable_folded()->set_newest_event_id("b");
  for (const auto& [minute, id] : {std::pair(9, "z"), std::pair(10, "a"), std::pair(10, "b")}) {
    Journal journal;
    journal.Add(Entry(EventType::kOpen, minute, id), 10);
    overlapping.set_journal(EncodeJournal(journal.entries()));
    EXPECT_THAT(WrongBody(overlapping), HasSubstr("journal entry 1 is not later than the newest folded one")) << id;
  }

  v1::LeadState cut;
  cut.mutable_identity()->set_is_no_lead(true);
  Lead lead = FullLead();
  EXPECT_FALSE(LeadDecoder().DecodeIfLead(SealLeadBody(lead.key, cut.SerializeAsString() + '\xff'), &lead).ok());
}

TEST(LeadCodecTest, AProfileThatIsKnownIsLeftOut) {
  Lead lead = FullLead();
  lead.identity->is_no_lead = false;
  const std::string bytes = EncodeLead(lead);
  LeadDecoder decoder;
  const auto decode = [&](std::optional<uint64_t> known, uint64_t* hash) {
    Lead decoded;
    decoded.key = lead.key;
    const Result<bool> is_lead = decoder.DecodeIfLead(bytes, known, &decoded, hash);
    EXPECT_TRUE(is_lead.ok() && *is_lead);
    return decoded;
  };
  uint64_t hash = 0, again = 0;
  EXPECT_EQ(EncodeLead(decode(std::nullopt, &hash)), bytes);
  EXPECT_EQ(hash, ProfileHash(lead.profile));
  EXPECT_EQ(EncodeLead(decode(hash + 1, &again)), bytes);
  Lead without = lead;
  without.profile = {};
  EXPECT_EQ(EncodeLead(decode(hash, &again)), EncodeLead(without));
  EXPECT_EQ(again, hash);
  EXPECT_NE(hash, ProfileHash(without.profile));
}

TEST(LeadCodecTest, TheNextTimerAloneIsThatOfTheWholeLead) {
  Lead lead = FullLead();
  for (const Instant timer : {Instant{1'750'000'000'000}, Instant{-5}, Instant{0}, Instant::Never()}) {
    lead.next_change_at = timer;
    const Result<Instant> found = DecodeNextChangeAt(lead.key, EncodeLead(lead));
    ASSERT_TRUE(found.ok()) << found.status().message();
    EXPECT_EQ(*found, timer);
  }
  const std::string bytes = EncodeLead(lead);
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(DecodeNextChangeAt(lead.key, bytes.substr(0, size)).ok());
  EXPECT_FALSE(DecodeNextChangeAt({"acme", "bob@example.com"}, bytes).ok());
  EXPECT_FALSE(DecodeNextChangeAt(lead.key, SealLeadBody(lead.key, "\x22\x7f journal that is cut")).ok());
  EXPECT_FALSE(DecodeNextChangeAt(lead.key, SealLeadBody(lead.key, "\x38\xff")).ok());
}

TEST(LeadKeyTest, ReadsBackEncodedKeys) {
  LeadKey key{"acme", std::string("a\0b", 3)};
  Result<LeadKey> decoded = ParseLeadKey(EncodeLeadKey(key));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(*decoded, key);
  EXPECT_FALSE(ParseLeadKey("acme").ok());
}

Lead LeadWithTopics() {
  Lead lead = FullLead();
  OwnedEntry out = Entry(EventType::kUnsubscribe, 100'000'000, "out");
  out.subject = "News";
  lead.journal.Add(out, 1000);
  OwnedEntry in = Entry(EventType::kResubscribe, 100'000'001, "in");
  in.subject = kNoTopic;
  lead.journal.Add(in, 1000);
  lead.view.topics_out.set(0);
  lead.view.topics_out.set(kMaxTopics - 1);
  return lead;
}

TEST(LeadCodecTest, KeepsTopics) {
  const Lead lead = LeadWithTopics();
  Result<Lead> decoded = DecodeLead(lead.key, EncodeLead(lead));
  ASSERT_TRUE(decoded.ok()) << decoded.status().message();
  EXPECT_EQ(*decoded, lead);
  EXPECT_EQ(decoded->journal.entries().back().topic(), kNoTopic);
}

TEST(LeadCodecTest, KeepsAnEntryWhoseTimeAndIdHaveFoldedForAnotherOrigin) {
  Lead lead = FullLead();
  lead.journal = Journal();
  OwnedEntry own = Entry(EventType::kOpen, 10, "same");
  OwnedEntry received = Entry(EventType::kClick, 10, "same");
  received.received = true;
  received.address = lead.identity.Get().SlotOf("ann@example.com");
  lead.journal.Add(own, 10);
  lead.journal.Add(received, 10);
  ASSERT_EQ(lead.journal.Fold(1), 1u);
  ASSERT_EQ(lead.journal.entries().size(), 1u);
  const std::string bytes = EncodeLead(lead);
  const Result<Lead> decoded = DecodeLead(lead.key, bytes);
  ASSERT_TRUE(decoded.ok()) << decoded.status().message();
  EXPECT_EQ(decoded->journal, lead.journal);
}

TEST(LeadCodecTest, KeepsFactsOfAnErasedLife) {
  Lead lead = FullLead();
  StatusFacts facts;
  facts.everything = {testing::AtMinute(1), testing::AtMinute(2)};
  facts.topics = {{"a", {testing::AtMinute(3), Instant::DistantPast()}}, {"b", {}}};
  facts.complaint = testing::AtMinute(4);
  facts.hard_bounce = testing::AtMinute(5);
  facts.sign_of_life = testing::AtMinute(6);
  lead.journal = Journal();
  lead.journal.SetFacts(facts);
  Result<Lead> decoded = DecodeLead(lead.key, EncodeLead(lead));
  ASSERT_TRUE(decoded.ok()) << decoded.status().message();
  ASSERT_NE(decoded->journal.kept_facts(), nullptr);
  EXPECT_EQ(*decoded->journal.kept_facts(), facts);
}

TEST(LeadCodecTest, FactsThatCannotBeAreRefused) {
  v1::LeadState state;
  state.mutable_facts()->add_topics()->set_topic("b");
  state.mutable_facts()->add_topics()->set_topic("a");
  EXPECT_THAT(WrongBody(state), HasSubstr("status facts: its topics do not ascend"));
  state.mutable_facts()->clear_topics();
  for (size_t i = 0; i <= kMaxMergedTopics; ++i) state.mutable_facts()->add_topics()->set_topic("t");
  EXPECT_THAT(WrongBody(state), HasSubstr("status facts: it has too many topics"));
  state.clear_facts();
  state.mutable_view()->add_topics_out(kMaxTopics);
  EXPECT_THAT(WrongBody(state), HasSubstr("unknown topic 100"));
  state.Clear();
  state.set_journal(EncodeJournal(LeadWithTopics().journal.entries()));
  EXPECT_THAT(WrongBody(state), HasSubstr("names a topic that the lead has not met"));
}

}  // namespace leadpulse::state::lead_codec_test
