#include "state/lead/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>

#include "leadpulse/v1/lead_state.pb.h"
#include "state/codec/facts_codec.h"
#include "state/codec/journal_codec.h"
#include "state/codec/lead_codec.h"
#include "state/codec/row_form.h"
#include "tests/support/lead_examples.h"
#include "tests/support/row_examples.h"

namespace leadpulse::state::identity_test {

using testing::AtMinute;
using testing::FullLead;
using ::testing::HasSubstr;
using testing::SealLeadBody;

constexpr Instant kNone = Instant::DistantPast();

TEST(LeadIdentityTest, AnAddressKeepsItsSlot) {
  LeadIdentity identity;
  EXPECT_EQ(identity.FindSlot("a@x.example"), kNowhereSlot);
  EXPECT_EQ(identity.SlotOf("a@x.example"), 1);
  EXPECT_EQ(identity.SlotOf("b@x.example"), 2);
  EXPECT_EQ(identity.SlotOf("a@x.example"), 1);
  EXPECT_EQ(identity.FindSlot("b@x.example"), 2);
  EXPECT_EQ(identity.addresses, (std::vector<std::string>{"a@x.example", "b@x.example"}));
}

TEST(LeadIdentityTest, AnAddressWithoutRoomHasNoSlot) {
  LeadIdentity identity;
  for (size_t i = 1; i <= kMaxLeadAddresses; ++i) {
    ASSERT_EQ(identity.SlotOf(std::to_string(i) + "@x.example"), i);
  }
  EXPECT_EQ(identity.SlotOf("one-too-many@x.example"), kNowhereSlot);
  EXPECT_EQ(identity.SlotOf("252@x.example"), 252) << "addresses with a slot keep it";
  EXPECT_EQ(identity.addresses.size(), kMaxLeadAddresses);
}

TEST(LeadIdentityTest, CountsTheLeadsThatUseIt) {
  LeadIdentity identity;
  EXPECT_EQ(identity.users(), 0u);
  identity.leads["a"].uses = true;
  identity.leads["b"].facts.complaint = AtMinute(1);
  identity.leads["c"].uses = true;
  EXPECT_EQ(identity.users(), 2u);
}

TEST(OptionalIdentityTest, CountsTheMemoryOfEachPart) {
  const std::string long_text(1000, 'x');
  const std::pair<const char*, std::function<void(LeadIdentity*)>> parts[] = {
      {"mailbox", [&](LeadIdentity* identity) { identity->mailbox = long_text; }},
      {"address", [&](LeadIdentity* identity) { identity->SlotOf(long_text); }},
      {"lead", [&](LeadIdentity* identity) { identity->leads[long_text]; }},
      {"topic of a lead",
       [&](LeadIdentity* identity) {
         identity->leads["a"].facts.topics = {{long_text, {}}};
       }},
      {"topic of other leads",
       [&](LeadIdentity* identity) {
         identity->others.Get().topics = {{long_text, {}}};
       }},
      {"topic of the address",
       [&](LeadIdentity* identity) {
         identity->standing.topics = {{long_text, {}}};
       }},
      {"command",
       [&](LeadIdentity* identity) {
         identity->routed = {{long_text, ""}};
       }},
      {"target of a command", [&](LeadIdentity* identity) {
         identity->routed = {{"", long_text}};
       }}};
  EXPECT_EQ(OptionalIdentity().MemoryBytes(), 0u);
  for (const auto& [name, add] : parts) {
    OptionalIdentity identity;
    const size_t empty = (identity.Get(), identity.MemoryBytes());
    EXPECT_GE(empty, sizeof(LeadIdentity));
    add(&identity.Get());
    EXPECT_GE(identity.MemoryBytes(), empty + 1000) << name;
    EXPECT_LT(identity.MemoryBytes(), empty + 2000) << name;
  }
}

StatusFacts WithTopic(const std::string& topic, ScopeTimes times) {
  StatusFacts facts;
  facts.topics = {{topic, times}};
  return facts;
}

StatusFacts FullOfTopics() {
  StatusFacts facts;
  for (size_t i = 0; i < kMaxMergedTopics; ++i)
    facts.topics.push_back({std::to_string(1000 + i), {AtMinute(1), kNone}});
  return facts;
}

TEST(MergeTest, ATopicBeyondTheBoundCountsAsEverythingWhereItIsLeft) {
  struct Case {
    const char* name;
    ScopeTimes times;
    Instant out_of_everything;
  };
  for (const Case& each :
       {Case{"out", {AtMinute(5), kNone}, AtMinute(5)}, Case{"in and out", {AtMinute(5), AtMinute(5)}, AtMinute(5)},
        Case{"out and in", {AtMinute(5), AtMinute(6)}, kNone}, Case{"in", {kNone, AtMinute(6)}, kNone},
        Case{"met only", {}, kNone}}) {
    StatusFacts facts = FullOfTopics();
    Merge(WithTopic("further", each.times), &facts);
    EXPECT_EQ(facts.topics, FullOfTopics().topics) << each.name;
    EXPECT_EQ(facts.everything, (ScopeTimes{each.out_of_everything, kNone})) << each.name;
    Merge(WithTopic("1007", {AtMinute(9), kNone}), &facts);
    EXPECT_EQ(facts.topics[7].times.out, AtMinute(9)) << "a known topic takes no room";
  }
}

TEST(MergeTest, ATopicWithoutATimeTakesNoRoom) {
  StatusFacts facts;
  Merge(WithTopic("met only", {}), &facts);
  EXPECT_EQ(facts, StatusFacts());
}

// The mailbox of a user "a", of a lead "b" with facts, and of leads that it no longer knows.
class StandingTest : public ::testing::Test {
 protected:
  StandingTest() {
    mailbox_.leads["a"].uses = true;
    mailbox_.leads["a"].facts.everything.out = AtMinute(10);
    mailbox_.leads["b"].facts.complaint = AtMinute(20);
    mailbox_.others.Get().everything.in = AtMinute(5);
  }
  LeadIdentity mailbox_;
};

TEST_F(StandingTest, LeavesOutTheLeadItself) {
  EXPECT_EQ(StandingWithout(mailbox_, {}, "a").everything, (ScopeTimes{kNone, AtMinute(5)}));
  EXPECT_EQ(StandingWithout(mailbox_, {}, "a").complaint, AtMinute(20));
  EXPECT_EQ(StandingWithout(mailbox_, {}, "b").everything, (ScopeTimes{AtMinute(10), AtMinute(5)}));
  EXPECT_EQ(StandingWithout(mailbox_, {}, "b").complaint, kNone);
}

TEST_F(StandingTest, TakesBouncesAndSignsOfLifeOfTheMailboxAlone) {
  for (StatusFacts* facts : {&mailbox_.leads["a"].facts, &mailbox_.leads["b"].facts, &mailbox_.others.Get()}) {
    facts->hard_bounce = AtMinute(90);
    facts->sign_of_life = AtMinute(91);
  }
  StatusFacts own;
  EXPECT_EQ(StandingWithout(mailbox_, own, "a").hard_bounce, kNone);
  EXPECT_EQ(StandingWithout(mailbox_, own, "a").sign_of_life, kNone);
  own.hard_bounce = AtMinute(1);
  own.sign_of_life = AtMinute(2);
  EXPECT_EQ(StandingWithout(mailbox_, own, "a").hard_bounce, AtMinute(1));
  EXPECT_EQ(StandingWithout(mailbox_, own, "a").sign_of_life, AtMinute(2));
}

// Each lead has at most 100 topics, but an address of several leads may have more.
TEST_F(StandingTest, HasTheTopicsOfAllLeads) {
  size_t topic = 1000;
  for (const char* lead : {"b", "c", "d", "e"}) {
    auto& topics = mailbox_.leads[lead].facts.topics;
    for (size_t i = 0; i < kMaxLeadTopics; ++i) topics.push_back({std::to_string(topic++), {AtMinute(30), kNone}});
  }
  EXPECT_EQ(StandingWithout(mailbox_, {}, "a").topics.size(), 4 * kMaxLeadTopics);
  EXPECT_EQ(StandingWithout(mailbox_, {}, "a").everything.out, kNone);
}

TEST_F(StandingTest, WhenTopicsAreManyThoseOfTheMailboxStay) {
  mailbox_.leads["b"].facts = WithTopic("0: before all others", {AtMinute(30), kNone});
  const StatusFacts standing = StandingWithout(mailbox_, FullOfTopics(), "a");
  EXPECT_EQ(standing.topics, FullOfTopics().topics);
  EXPECT_EQ(standing.everything.out, AtMinute(30));
}

v1::LeadState BodyOf(const Lead& lead) {
  v1::LeadState body;
  EXPECT_TRUE(body.ParseFromString(EncodeLead(lead).substr(kRowBodyAt)));
  return body;
}

TEST(IdentityCodecTest, OtherLeadsAreStoredWithoutTheField) {
  Lead lead = FullLead();
  EXPECT_TRUE(BodyOf(lead).has_identity());
  lead.identity.reset();
  EXPECT_FALSE(BodyOf(lead).has_identity());
}

TEST(IdentityCodecTest, KeepsAnEmptyIdentityAndAFullOne) {
  LeadIdentity full;
  for (size_t i = 1; i <= kMaxLeadAddresses; ++i) full.SlotOf(std::to_string(i) + "@x.example");
  for (size_t i = 0; i < kMaxMailboxLeads; ++i) full.leads["crm-" + std::to_string(i)].uses = true;
  for (size_t i = 0; i < kMaxRoutedTargets; ++i) full.routed.push_back({std::to_string(i), "crm-1"});
  for (const LeadIdentity& identity : {LeadIdentity(), full}) {
    Lead lead;
    lead.key = {"acme", "ann@example.com"};
    lead.identity.Get() = identity;
    const Result<Lead> decoded = DecodeLead(lead.key, EncodeLead(lead));
    ASSERT_TRUE(decoded.ok()) << decoded.status().message();
    EXPECT_EQ(*decoded, lead);
  }
}

TEST(IdentityCodecTest, NamesWhatIsWrong) {
  using Proto = v1::LeadState::Identity;
  const auto add_leads = [](Proto* in, int count) {
    for (int i = 0; i < count; ++i) in->add_leads()->set_id(std::to_string(10'000 + i));
  };
  const auto add_topics = [](v1::StatusFacts* facts) {
    for (const char* topic : {"b", "a"}) facts->add_topics()->set_topic(topic);
  };
  const std::pair<const char*, std::function<void(Proto*)>> cases[] = {
      {"unknown registration 4", [](Proto* in) { in->set_registration(4); }},
      {"its topics do not ascend", [&](Proto* in) { add_topics(in->mutable_standing()); }},
      {"its topics do not ascend", [&](Proto* in) { add_topics(in->mutable_others()); }},
      {"its topics do not ascend", [&](Proto* in) { add_topics(in->mutable_leads(0)->mutable_facts()); }},
      {"it has too many addresses",
       [](Proto* in) {
         for (size_t i = 0; i < kMaxLeadAddresses; ++i) in->add_addresses(std::to_string(i));
       }},
      {"one of its addresses is empty", [](Proto* in) { in->add_addresses(""); }},
      {"one of its addresses stands twice", [](Proto* in) { in->add_addresses("ann@example.org"); }},
      {"it has too many leads", [&](Proto* in) { add_leads(in, kMaxKnownLeads); }},
      {"its leads do not ascend", [](Proto* in) { in->add_leads()->set_id("a"); }},
      {"its leads do not ascend", [](Proto* in) { in->add_leads()->set_id("crm-8"); }},
      {"its leads do not ascend", [](Proto* in) { in->mutable_leads(0)->clear_id(); }},
      {"it has too many routed commands",
       [](Proto* in) {
         for (size_t i = 0; i < kMaxRoutedTargets; ++i) in->add_routed();
       }},
  };
  const LeadKey key = FullLead().key;
  const v1::LeadState whole = BodyOf(FullLead());
  for (const auto& [message, damage] : cases) {
    v1::LeadState body = whole;
    damage(body.mutable_identity());
    body.set_journal(EncodeJournal(FullLead().journal.entries()));
    const Result<Lead> decoded = DecodeLead(key, SealLeadBody(key, body.SerializeAsString()));
    ASSERT_FALSE(decoded.ok()) << message;
    EXPECT_THAT(decoded.status().message(), HasSubstr(std::string("cannot be read: identity: ") + message + ". "));
  }
}

TEST(IdentityCodecTest, OnlyLeadsAreDecodedIfOthersAreNotWanted) {
  LeadDecoder decoder;
  Lead lead = FullLead();
  for (const bool is_no_lead : {true, false}) {
    lead.identity->is_no_lead = is_no_lead;
    Lead decoded;
    decoded.key = lead.key;
    const Result<bool> is_lead = decoder.DecodeIfLead(EncodeLead(lead), &decoded);
    ASSERT_TRUE(is_lead.ok()) << is_lead.status().message();
    EXPECT_EQ(*is_lead, !is_no_lead);
    EXPECT_EQ(EncodeLead(decoded) == EncodeLead(lead), !is_no_lead);
  }
  lead.identity.reset();
  Lead decoded;
  decoded.key = lead.key;
  const Result<bool> without_identity = decoder.DecodeIfLead(EncodeLead(lead), &decoded);
  ASSERT_TRUE(without_identity.ok());
  EXPECT_TRUE(*without_identity);
  EXPECT_EQ(EncodeLead(decoded), EncodeLead(lead));
}

TEST(IdentityCodecTest, ADamagedRowIsReportedAlsoIfItIsNoLead) {
  LeadDecoder decoder;
  const auto problem_of = [&](const LeadKey& key, std::string_view bytes) {
    Lead lead;
    lead.key = key;
    const Result<bool> is_lead = decoder.DecodeIfLead(bytes, &lead);
    return is_lead.ok() ? std::string() : is_lead.status().message();
  };
  const LeadKey key = FullLead().key;
  const std::string bytes = EncodeLead(FullLead());
  EXPECT_EQ(problem_of(key, bytes), "");
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] ^= 0x10;
    EXPECT_NE(problem_of(key, damaged), "") << "byte " << i;
  }
  EXPECT_THAT(problem_of({"acme", "other"}, bytes), HasSubstr("its bytes are damaged"));
  // The checksum is right: an identity that is cut, in its length and in the field, and a cut field before it.
  for (const std::string_view body : {"\x62", "\x62\x02\x48", "\x62\x01\x48", "\x22\x7f journal that is cut"}) {
    EXPECT_THAT(problem_of(key, SealLeadBody(key, body)), HasSubstr("it is not a Protobuf LeadState"));
  }
}

TEST(IdentityCodecTest, NamesASlotThatIsNotAmongTheAddresses) {
  const auto problem_of = [](const Lead& lead) {
    const Result<Lead> decoded = DecodeLead(lead.key, EncodeLead(lead));
    return decoded.ok() ? std::string() : decoded.status().message();
  };
  Lead lead;
  lead.key = {"acme", "ann"};
  testing::OwnedEntry entry = testing::Entry(EventType::kOpen, 1, "open");
  entry.address = kNowhereSlot;
  lead.journal.Add(entry, 1000);
  lead.journal.SetAddressFacts({{kOwnSlot, {}}, {kNowhereSlot, {}}});
  EXPECT_EQ(problem_of(lead), "");
  entry.address = 2;
  entry.event_id = "other";
  lead.journal.Add(entry, 1000);
  lead.identity.Get().addresses = {"a@x.example"};
  EXPECT_THAT(problem_of(lead), HasSubstr("a journal entry belongs to the unknown address 2"));
  lead.identity->addresses.emplace_back("b@x.example");
  EXPECT_EQ(problem_of(lead), "");
  lead.journal.SetAddressFacts({{3, {}}});
  EXPECT_THAT(problem_of(lead), HasSubstr("status facts belong to the unknown address 3"));
}

}  // namespace leadpulse::state::identity_test
