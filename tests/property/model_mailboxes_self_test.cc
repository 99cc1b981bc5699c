// The model of addresses on cases small enough to work out by hand, for the rules 2 (from the identity of events on) to
// 9 of the specification's section.

#include <gtest/gtest.h>

#include "tests/property/address_play.h"

namespace leadpulse::model::model_mailboxes_self_test {

// Makes leads 1, 2, … use the address.
std::vector<Record> Users(int count) {
  std::vector<Record> records;
  for (int i = 1; i <= count; ++i) records.push_back(SetsEmailTo(std::to_string(i), 1, kAddress));
  return records;
}

TEST(AddressRule2, ThoseOfTheLeadsOwnStay) {
  // The same id, type and time is one event, whichever comes first.
  EXPECT_EQ(Story(User({Opens(kAddress, 2), Opens("7", 2)})).Count("7", "open"), 1);
  EXPECT_EQ(Story(User({Opens("7", 2), Opens(kAddress, 2)})).Count("7", "open"), 1);
  // Another time or type is another event.
  EXPECT_EQ(Story(User({WithId(Opens(kAddress, 2), "e"), WithId(Opens("7", 3), "e")})).Count("7", "open"), 2);
  const Story two(User({WithId(Opens(kAddress, 2), "e"), WithId(Sent("7", 2, EventType::kClick), "e")}));
  EXPECT_EQ(two.Count("7", "open") + two.Count("7", "click"), 2);
}

TEST(AddressRule2, ARetractTakesBackEntriesOfItsOwnOrigin) {
  EXPECT_EQ(Story(User({Opens(kAddress, 2), TakesBack(kAddress, 3, "open2")})).Count("7", "open"), 0);
  EXPECT_EQ(Story(User({TakesBack(kAddress, 3, "open2"), Opens(kAddress, 2)})).Count("7", "open"), 0);
  EXPECT_EQ(Story(User({Opens(kAddress, 2), TakesBack("7", 3, "open2")})).Count("7", "open"), 1);
  for (const auto& records : {User({Opens(kAddress, 2), Opens("7", 2), TakesBack(kAddress, 3, "open2")}),
                              User({TakesBack(kAddress, 3, "open2"), Opens("7", 2), Opens(kAddress, 2)})}) {
    EXPECT_EQ(Story(records).Count("7", "open"), 1);
  }
}

TEST(AddressRule2, RetractsAreTheSameOnlyByOriginAndId) {
  const Record own = WithId(TakesBack("7", 3, "open2"), "r");
  const Record of_mailbox = WithId(TakesBack(kAddress, 3, "open2"), "r");
  const Record click = WithId(Sent("7", 2, EventType::kClick), "open2");
  const Story story(User({Opens(kAddress, 2), click, own, of_mailbox}));
  EXPECT_EQ(story.Count("7", "open") + story.Count("7", "click"), 0);
}

TEST(AddressRule2, AMailboxOfMoreThanEightPassesNothingOn) {
  auto records = Users(8);
  records.push_back(Opens(kAddress, 2));
  Story story(records);
  EXPECT_EQ(story.Count("8", "open"), 1);
  story.Go({SetsEmailTo("9", 3, kAddress), Opens(kAddress, 4)});
  EXPECT_EQ(story.Count("9", "open"), 0);
  EXPECT_EQ(story.Count("8", "open"), 1);
  // Missed events are not delivered later.
  story.Go({SetsEmailTo("1", 5, "y@z"), Opens(kAddress, 6)});
  EXPECT_EQ(story.Count("9", "open"), 1);
  EXPECT_EQ(story.Count("8", "open"), 2);
  // The status reaches all users.
  story.Go({SetsEmailTo("1", 7, kAddress), Leaves(kAddress, 8)});
  EXPECT_EQ(story.Status("9"), "unsubscribed");
}

TEST(AddressRule2, NothingFromBeforeItsOwnErasureIsRecorded) {
  Story story({Opens(kAddress, 1), Opens(kAddress, 4), Do("7", 3, Erase{}), SetsEmailTo("7", 5, kAddress)});
  EXPECT_EQ(story.Count("7", "open"), 1);
  story.Go({WithId(Opens(kAddress, 3), "late")});
  EXPECT_EQ(story.Count("7", "open"), 1);
}

TEST(AddressRule2, CreatedIsThatOfTheLeadsOwn) {
  TenantDefinitions definitions = ByEmail();
  Rule rule;
  rule.predicate.kind = Predicate::Kind::kAge;
  rule.predicate.field = "created";
  rule.predicate.compare = Compare::kLess;
  rule.predicate.duration = {3, Duration::Unit::kDays};
  definitions.segments = {{"new", "New", rule}};
  const Story story({Opens(kAddress, 1), SetsEmailTo("7", 5, kAddress), Opens(kAddress, 6)}, definitions);
  EXPECT_EQ(story.Line("7")["segments"], (Json{"new"}));
}

TEST(AddressRule3, AMailboxWithAUserIsNoLead) {
  const Story story(User({Opens(kAddress, 2)}));
  EXPECT_FALSE(story.Has(kAddress));
  EXPECT_EQ(story.Changes(kAddress), Lines());
}

TEST(AddressRule3, OneThatWasALeadIsMerged) {
  const Story story({Opens(kAddress, 1), SetsEmailTo("9", 2, kAddress), SetsEmailTo("7", 3, kAddress)});
  EXPECT_FALSE(story.Has(kAddress));
  EXPECT_EQ(story.Changes(kAddress), (Lines{"LEAD_CREATED open1", "LEAD_MERGED 9 c29"}));
}

TEST(AddressRule3, TheFirstEventOfAnIdThatIsNotNormalMergesItToo) {
  const Story story({Opens(kAddress, 1), Opens("X@Example.com", 2)});
  EXPECT_EQ(story.Changes(kAddress), (Lines{"LEAD_CREATED open1", "LEAD_MERGED X@Example.com open2"}));
  EXPECT_EQ(story.Count("X@Example.com", "open"), 2);
}

TEST(AddressRule3, OneWithACommandStaysALead) {
  const Story story({Tags(kAddress, 1), SetsEmailTo("7", 2, kAddress)});
  EXPECT_TRUE(story.Has(kAddress));
  EXPECT_EQ(story.Changes(kAddress), (Lines{"LEAD_CREATED c1x@example.com"}));
}

TEST(AddressRule3, ACommandMakesALeadOfAMailboxWithAUser) {
  const Story story({Opens(kAddress, 1), SetsEmailTo("7", 2, kAddress), Tags(kAddress, 3)});
  EXPECT_EQ(story.Changes(kAddress),
            (Lines{"LEAD_CREATED open1", "LEAD_MERGED 7 c27", "LEAD_CREATED c3x@example.com"}));
}

TEST(AddressRule3, AfterTheLastUserTheNextRecordMakesItALead) {
  Story story({Leaves(kAddress, 1), SetsEmailTo("7", 2, kAddress), SetsEmailTo("7", 3, "y@z")});
  EXPECT_FALSE(story.Has(kAddress));
  story.Go({Leaves(kAddress, 1)});  // a duplicate
  EXPECT_FALSE(story.Has(kAddress));
  story.Go({Opens(kAddress, 4)});
  EXPECT_EQ(story.Line(kAddress)["seq"], 8);
  EXPECT_EQ(story.Changes(kAddress),
            (Lines{"LEAD_CREATED unsubscribe1", "EMAIL_STATUS_CHANGED unsubscribe1", "SENDABLE_CHANGED unsubscribe1",
                   "LEAD_MERGED 7 c27", "LEAD_CREATED open4", "EMAIL_STATUS_CHANGED open4", "SENDABLE_CHANGED open4"}));
}

TEST(AddressRule3, AMergedMailboxPublishesNothingByTime) {
  TenantDefinitions definitions = ByEmail();
  Rule rule;
  rule.predicate.kind = Predicate::Kind::kDid;
  rule.predicate.step.action = EventType::kOpen;
  rule.predicate.window.kind = Window::Kind::kInLast;
  rule.predicate.window.duration = {5, Duration::Unit::kDays};
  definitions.segments = {{"s", "S", rule}};
  const Story story({Opens(kAddress, 1), SetsEmailTo("7", 2, kAddress), Tags("9", 20)}, definitions);
  EXPECT_EQ(story.Changes(kAddress), (Lines{"LEAD_CREATED open1", "SEGMENT_ENTERED s open1", "LEAD_MERGED 7 c27"}));
  EXPECT_EQ(story.Changes("7"), (Lines{"LEAD_CREATED c27", "SEGMENT_ENTERED s c27", "SEGMENT_LEFT s "}));
}

Record TagsByAddress(int day, const std::string& id = "") {
  Record record = DoByAddress("X@example.com ", day, EditNames{NameSet::kTags, {"by address"}, {}});
  return id.empty() ? record : WithId(record, id);
}

bool IsTagged(const Story& story, const std::string& lead) {
  return story.Has(lead) && story.Line(lead)["tags"] == Json{"by address"};
}

TEST(AddressRule4, ACommandByAddressIsForTheMailboxWithACommand) {
  const Story story({Tags(kAddress, 1), SetsEmailTo("7", 1, kAddress), TagsByAddress(2)});
  EXPECT_EQ(story.Line(kAddress)["tags"].size(), 2u);
  EXPECT_FALSE(IsTagged(story, "7"));
}

TEST(AddressRule4, ElseForTheOnlyUser) {
  const Story story(User({Opens(kAddress, 1), TagsByAddress(2)}));
  EXPECT_TRUE(IsTagged(story, "7"));
  EXPECT_FALSE(story.Has(kAddress));
}

TEST(AddressRule4, ElseForTheMailbox) {
  EXPECT_TRUE(IsTagged(Story({TagsByAddress(2)}), kAddress));
  auto two = Users(2);
  two.push_back(TagsByAddress(2));
  EXPECT_TRUE(IsTagged(Story(two), kAddress));
  EXPECT_FALSE(IsTagged(Story(two), "1"));
}

TEST(AddressRule4, ACommandByIdIsForThatId) {
  Record record = TagsByAddress(2);
  std::get<Command>(record.content).lead = kAddress;
  EXPECT_TRUE(IsTagged(Story(User({record})), kAddress));
}

TEST(AddressRule4, DoNotContactAndWithdrawalsAreForAll) {
  auto records = Users(2);
  records.push_back(DoByAddress(kAddress, 2, SetDoNotContact{true, ""}));
  records.push_back(WithId(DoByAddress(kAddress, 2, RecordConsent{"news", false, ""}), "consent"));
  Story story(records);
  for (const char* lead : {"1", "2"}) {
    EXPECT_EQ(story.Line(lead)["doNotContact"], true);
    EXPECT_EQ(story.Line(lead)["consents"]["news"]["granted"], false);
  }
  EXPECT_FALSE(story.Has(kAddress));
  // A command that lifts a restriction needs a single lead.
  story.Go({DoByAddress(kAddress, 3, SetDoNotContact{false, ""})});
  EXPECT_EQ(story.Line("1")["doNotContact"], true);
  // The mailbox has a command now.
  story.Go({DoByAddress(kAddress, 4, SetDoNotContact{true, ""})});
  EXPECT_EQ(story.Line(kAddress)["doNotContact"], true);
  EXPECT_EQ(Story({DoByAddress(kAddress, 2, SetDoNotContact{true, ""})}).Line(kAddress)["doNotContact"], true);
}

TEST(AddressRule4, ARepeatedIdGoesWhereTheFirstWent) {
  Story story(User({TagsByAddress(2, "c")}));
  story.Go({SetsEmailTo("7", 3, "y@z"), TagsByAddress(4, "c")});
  EXPECT_FALSE(story.Has(kAddress));
  story.Go({TagsByAddress(5, "d")});
  EXPECT_TRUE(IsTagged(story, kAddress));
}

TEST(AddressRule4, OneFromBeforeTheMailboxsErasureIsDropped) {
  Story story({Do(kAddress, 5, Erase{}), SetsEmailTo("7", 1, kAddress), TagsByAddress(5)});
  EXPECT_FALSE(IsTagged(story, "7"));
  story.Go({TagsByAddress(6)});
  EXPECT_TRUE(IsTagged(story, "7"));
}

TEST(AddressRule4, EraseByAddressErasesTheMailboxAndItsUsers) {
  const Story story({Opens(kAddress, 1), SetsEmailTo("7", 2, kAddress), SetsEmailTo("9", 2, "y@z"),
                     DoByAddress(kAddress, 3, Erase{}), Opens(kAddress, 2)});
  EXPECT_FALSE(story.Has("7"));
  EXPECT_TRUE(story.Has("9"));
  EXPECT_EQ(story.Changes("7"), (Lines{"LEAD_CREATED c27", "LEAD_ERASED c3"}));
  // It was not a lead, and has a user.
  EXPECT_EQ(story.Changes(kAddress), (Lines{"LEAD_CREATED open1", "LEAD_MERGED 7 c27"}));
}

TEST(AddressRule4, EraseByAddressIsPublishedForAMailboxWithoutUsers) {
  EXPECT_EQ(Story({DoByAddress(kAddress, 3, Erase{})}).Changes(kAddress), (Lines{"LEAD_ERASED c3"}));
  const Story story(User({Tags(kAddress, 2), DoByAddress(kAddress, 3, Erase{})}));
  EXPECT_EQ(story.Changes(kAddress).back(), "LEAD_ERASED c3");
  EXPECT_EQ(story.Changes("7").back(), "LEAD_ERASED c3");
}

TEST(AddressRule4, EraseByIdIsOfThatIdAlways) {
  const Story story(User({Opens(kAddress, 2), Do(kAddress, 3, Erase{}), Opens(kAddress, 4)}));
  EXPECT_EQ(story.Changes(kAddress), (Lines{"LEAD_ERASED c3x@example.com"}));
  EXPECT_TRUE(story.Has("7"));
  EXPECT_EQ(story.Count("7", "open"), 2);
}

TEST(AddressRule4, OneWhoBeginsByAnOlderCommandIsErasedToo) {
  Story story({Tags("9", 1), DoByAddress(kAddress, 5, Erase{})});
  story.Go({SetsEmailTo("7", 4, kAddress), SetsEmailTo("9", 5, kAddress)});
  EXPECT_FALSE(story.Has("7"));
  EXPECT_EQ(story.Changes("7"), Lines());
  EXPECT_EQ(story.Changes("9"), (Lines{"LEAD_CREATED c19", "LEAD_ERASED c59"}));
  story.Go({SetsEmailTo("7", 6, kAddress)});
  EXPECT_TRUE(story.Has("7"));
}

TEST(AddressRule4, EraseByAddressOfMoreThanTenIsRefused) {
  auto records = Users(11);
  records.push_back(DoByAddress(kAddress, 3, Erase{}));
  Story story(records);
  EXPECT_EQ(story.Rejected(), (Lines{"invalid_value"}));
  EXPECT_TRUE(story.Has("11"));
  story.Go({SetsEmailTo("11", 4, "y@z"), DoByAddress(kAddress, 5, Erase{})});
  EXPECT_FALSE(story.Has("10"));
}

AddressLimits TwoRegistered() {
  AddressLimits limits;
  limits.registered = 2;
  return limits;
}

TEST(AddressRule5, OneBeyondTheLimitReceivesNothingAndIsNotSendable) {
  auto records = Users(3);
  records.push_back(Opens(kAddress, 2));
  Story story(records, ByEmail(), TwoRegistered());
  EXPECT_EQ(story.Count("2", "open"), 1);
  EXPECT_EQ(story.Count("3", "open"), 0);
  EXPECT_EQ(story.Status("3"), "active");
  EXPECT_EQ(story.Line("2")["sendable"], true);
  EXPECT_EQ(story.Line("3")["sendable"], false);
}

TEST(AddressRule5, ItsStatusIsItsOwnButItsFactsAreTheAddresss) {
  auto records = Users(3);
  records.push_back(Leaves("3", 2));
  Story story(records, ByEmail(), TwoRegistered());
  EXPECT_EQ(story.Status("1"), "unsubscribed");
  EXPECT_EQ(story.Status("3"), "unsubscribed");
  story.Go({TakesBack("3", 3, "unsubscribe2")});
  EXPECT_EQ(story.Status("1"), "unsubscribed");
  EXPECT_EQ(story.Status("3"), "active");
}

TEST(AddressRule5, ItRegistersWhenACommandSetsItsEmailAndThereIsRoom) {
  auto records = Users(3);
  records.push_back(Opens(kAddress, 2));
  Story story(records, ByEmail(), TwoRegistered());
  story.Go({SetsEmailTo("3", 3, kAddress)});
  EXPECT_EQ(story.Line("3")["sendable"], false);
  story.Go({SetsEmailTo("1", 4, "y@z"), Tags("3", 5)});
  EXPECT_EQ(story.Line("3")["sendable"], false);
  story.Go({SetsEmailTo("3", 6, kAddress)});
  EXPECT_EQ(story.Line("3")["sendable"], true);
  EXPECT_EQ(story.Count("3", "open"), 1);
}

TEST(AddressRule6, PassingOnRevivesNoErasedLead) {
  Story story(User({Do("7", 2, Erase{}), Opens(kAddress, 3)}));
  EXPECT_FALSE(story.Has("7"));
  EXPECT_TRUE(story.Has(kAddress));
}

TEST(AddressRule7, ErasedFactsCountInTheStanding) {
  const std::vector<Record> erased = {SetsEmailTo("9", 1, kAddress), Leaves("9", 2), Do("9", 3, Erase{})};
  Story story(erased);
  story.Go({SetsEmailTo("7", 4, kAddress)});
  EXPECT_EQ(story.Status("7"), "unsubscribed");
  story.Go({ComesBack(kAddress, 5)});
  EXPECT_EQ(story.Status("7"), "active");
}

TEST(AddressRule7, DroppedEventsCountByEmailElseById) {
  const auto after = [](const std::string& lead, const Record& dropped) {
    Story story(User({Do(lead, 5, Erase{}), dropped}));
    return story.Status("7");
  };
  EXPECT_EQ(after("9", Leaves("9", 3, kAddress)), "unsubscribed");
  EXPECT_EQ(after("9", Leaves("9", 3)), "active");
  EXPECT_EQ(after(kAddress, Leaves(kAddress, 3)), "unsubscribed");
  EXPECT_EQ(after(kAddress, Bounces(kAddress, 3)), "bounced");
  EXPECT_EQ(after("X@Example.com", Leaves("X@Example.com", 3)), "unsubscribed");
  // Counts for no other lead, only for the lead created again; a bounce does not count at all.
  EXPECT_EQ(Story({Do("9", 5, Erase{}), Leaves("9", 3), Opens("9", 6)}).Status("9"), "unsubscribed");
  EXPECT_EQ(Story({Do("9", 5, Erase{}), Bounces("9", 3), Tags("9", 6)}).Status("9"), "active");
}

TEST(AddressRule7, SuppressIsAnOptOutOfTheAddress) {
  const std::vector<Record> two = {SetsEmailTo("7", 1, kAddress), SetsEmailTo("9", 1, kAddress)};
  Story story(two);
  story.Go({Do("9", 3, Erase{true})});
  EXPECT_EQ(story.Status("7"), "unsubscribed");
  EXPECT_EQ(story.Changes("7").back(), "SENDABLE_CHANGED c39");
  EXPECT_EQ(Story({DoByAddress(kAddress, 3, Erase{true}), SetsEmailTo("7", 4, kAddress)}).Status("7"), "unsubscribed");
  EXPECT_EQ(Story({DoByAddress(kAddress, 3, Erase{false}), SetsEmailTo("7", 4, kAddress)}).Status("7"), "active");
}

TEST(AddressRule7, DoNotContactStays) {
  const Story story(User({Do("7", 2, SetDoNotContact{true, ""}), DoByAddress(kAddress, 3, Erase{}), Opens("7", 4)}));
  EXPECT_EQ(story.Line("7")["doNotContact"], true);
}

TEST(AddressRule7, TheLastUserTakesItsMailboxAlong) {
  Story story(User({Opens(kAddress, 2), Do("7", 3, Erase{}), Sent(kAddress, 3, EventType::kClick)}));
  EXPECT_FALSE(story.Has(kAddress));
  EXPECT_EQ(story.Changes(kAddress), Lines());
  story.Go({SetsEmailTo("9", 4, kAddress)});
  EXPECT_EQ(story.Count("9", "open") + story.Count("9", "click"), 0);
  // A mailbox stays if it is a lead or has another user.
  EXPECT_TRUE(Story(User({Tags(kAddress, 2), Do("7", 3, Erase{})})).Has(kAddress));
  const Story other(User({SetsEmailTo("9", 1, kAddress), Do("7", 3, Erase{}), Opens(kAddress, 2)}));
  EXPECT_EQ(other.Count("9", "open"), 1);
}

TEST(AddressRule7, SoItIsWhereTheLastUserIsErasedByItsAddress) {
  const Story story({SetsEmailTo("y@z", 1, kAddress), Opens(kAddress, 2), DoByAddress("y@z", 3, Erase{}),
                     SetsEmailTo("9", 4, kAddress)});
  EXPECT_EQ(story.Count("9", "open"), 0);
}

TEST(AddressRule8, AChangeOfAddressIsEvaluatedOnce) {
  // The mailbox has an opt-out and a later return: the time in between does not show.
  const Story story({Leaves(kAddress, 1), ComesBack(kAddress, 2), Leaves("y@z", 2), Tags("7", 2),
                     SetsEmailTo("7", 3, kAddress), SetsEmailTo("7", 4, "y@z")});
  EXPECT_EQ(story.Changes("7"), (Lines{"LEAD_CREATED c27", "EMAIL_STATUS_CHANGED c47", "SENDABLE_CHANGED c47"}));
}

TEST(AddressRule9, TheCauseIsTheRecordThatLedToIt) {
  const Story story(User({Leaves(kAddress, 2)}));
  const Change& last = story.model().changes().at({kTenant, "7"}).back();
  EXPECT_EQ(last.cause, "EVENT");
  EXPECT_EQ(last.cause_id, "unsubscribe2");
}

TEST(AddressRule9, SwitchedOnEveryLeadRegisters) {
  TenantDefinitions off = ByEmail();
  off.identity_by_email = false;
  Story story({Opens(kAddress, 1), Leaves("9", 1, kAddress), SetsEmailTo("7", 1, kAddress)}, off);
  EXPECT_EQ(story.Status("7"), "active");
  story.Redefine(ByEmail());
  EXPECT_EQ(story.Status("7"), "unsubscribed");
  EXPECT_EQ(story.Count("7", "open"), 1);
  EXPECT_EQ(story.Changes("7").back(), "SENDABLE_CHANGED version");
  EXPECT_EQ(story.Changes(kAddress), (Lines{"LEAD_CREATED open1", "LEAD_MERGED 7 version"}));
  EXPECT_EQ(story.model().changes().at({kTenant, "7"}).back().cause, "DEFINITIONS");
}

TEST(AddressRule9, SwitchedOffStandingsStopAndWhatWasReceivedStays) {
  TenantDefinitions off = ByEmail();
  off.identity_by_email = false;
  Story story(User({Opens(kAddress, 2), Leaves("9", 2, kAddress)}));
  story.Redefine(off);
  EXPECT_EQ(story.Status("7"), "active");
  EXPECT_EQ(story.Count("7", "open"), 1);
  EXPECT_FALSE(story.Has(kAddress));
  story.Go({Opens(kAddress, 3)});
  EXPECT_EQ(story.Count("7", "open"), 1);
  EXPECT_EQ(story.Count(kAddress, "open"), 2);
}

}  // namespace leadpulse::model::model_mailboxes_self_test
