// The model of addresses on cases small enough to work out by hand, for the terms and the rules 1 and 2 of the
// specification's section.

#include <gtest/gtest.h>

#include "tests/property/address_play.h"

namespace leadpulse::model::model_addresses_self_test {

std::string StatusOfUser(const std::vector<Record>& more, const TenantDefinitions& definitions = ByEmail()) {
  return Story(User(more), definitions).Status("7");
}

TEST(AddressTerms, AnEmailIsTrimmedAndLowered) {
  EXPECT_EQ(Story({SetsEmailTo("7", 1, "  X@Example.COM\t"), Leaves(kAddress, 2)}).Status("7"), "unsubscribed");
  EXPECT_EQ(Story({SetsEmailTo("7", 1, "Ä@example.com"), Leaves("ä@example.com", 2)}).Status("7"), "active");
}

TEST(AddressTerms, AnIdStandsInForTheAttribute) {
  EXPECT_EQ(Story({Opens("X@Example.com", 1), Leaves(kAddress, 2)}).Status("X@Example.com"), "unsubscribed");
  // An attribute without an @ is no address.
  EXPECT_EQ(Story({SetsEmailTo("X@Example.com", 1, "none"), Leaves(kAddress, 2)}).Status("X@Example.com"),
            "unsubscribed");
  EXPECT_EQ(Story({SetsEmailTo("X@Example.com", 1, "y@z"), Leaves(kAddress, 2)}).Status("X@Example.com"), "active");
}

TEST(AddressTerms, AnInvalidEmailIsRefused) {
  const std::string local(320 - std::string("@e.com").size(), 'a');
  for (const Json& email : {Json("a b@c"), Json("a@b,c@d"), Json("a@b;"), Json("<a@b>"), Json(5), Json(true),
                            Json{"a@b"}, Json("a\t@b"), Json(local + "a@e.com")}) {
    EXPECT_EQ(Story({SetsEmailTo("7", 1, email)}).Rejected(), (Lines{"invalid_value"})) << email;
  }
  for (const Json& email : {Json(" a@b "), Json("none"), Json(nullptr), Json(" "), Json(local + "@e.com")}) {
    EXPECT_EQ(Story({SetsEmailTo("7", 1, email)}).Rejected(), Lines()) << email;
  }
  TenantDefinitions off = ByEmail();
  off.identity_by_email = false;
  EXPECT_EQ(Story({SetsEmailTo("7", 1, "a b@c")}, off).Rejected(), Lines());
}

TEST(AddressTerms, AnInvalidEmailOfAnEventNamesNoAddress) {
  const std::vector<Record> user = {SetsEmailTo("7", 1, kAddress), Tags("9", 1)};
  for (const char* email : {"x@example.com, y@z", "<x@example.com>", "none"}) {
    Story story(user);
    story.Go({Leaves("9", 2, email)});
    EXPECT_EQ(story.Status("7"), "active") << email;
    EXPECT_EQ(story.Rejected(), Lines());
  }
}

TEST(AddressTerms, WithoutByEmailEachLeadStandsAlone) {
  TenantDefinitions off = ByEmail();
  off.identity_by_email = false;
  const Story story(User({Leaves(kAddress, 2), Opens(kAddress, 3)}), off);
  EXPECT_EQ(story.Status("7"), "active");
  EXPECT_EQ(story.Status(kAddress), "unsubscribed");
  EXPECT_EQ(story.Count("7", "open"), 0);
}

TEST(AddressFacts, AnEventBelongsToTheAddressThatItNames) {
  EXPECT_EQ(StatusOfUser({Leaves("9", 2, " X@example.com")}), "unsubscribed");
  EXPECT_EQ(StatusOfUser({SetsEmailTo("9", 2, kAddress), Leaves("9", 3, "y@z")}), "active");
}

TEST(AddressFacts, WithoutANameItBelongsToTheLeadsAddressAtThatTime) {
  const std::vector<Record> moved = User({SetsEmailTo("9", 2, kAddress), Leaves("9", 4), SetsEmailTo("9", 3, "y@z")});
  EXPECT_EQ(Story(moved).Status("7"), "unsubscribed");
  EXPECT_EQ(Story(moved).Status("9"), "unsubscribed");
  EXPECT_EQ(Story(User({Leaves("9", 2), SetsEmailTo("9", 3, kAddress)})).Status("7"), "active");
}

TEST(AddressFacts, OneFromBeforeTheAddressChangedCountsForTheLeadAlone) {
  Story story({SetsEmailTo("9", 1, "y@z"), SetsEmailTo("9", 5, kAddress), SetsEmailTo("7", 5, kAddress)});
  story.Go({Leaves("9", 5)});
  EXPECT_EQ(story.Status("9"), "unsubscribed");
  EXPECT_EQ(story.Status("7"), "active");
  story.Go({Leaves("9", 4, kAddress)});
  EXPECT_EQ(story.Status("7"), "unsubscribed");
}

TEST(AddressFacts, TheFirstAddressIsNoChange) {
  EXPECT_EQ(Story({SetsEmailTo("9", 5, kAddress), SetsEmailTo("7", 5, kAddress), Leaves("9", 2)}).Status("7"),
            "unsubscribed");
}

TEST(AddressFacts, AFormerBounceDoesNotCountAtAll) {
  const std::vector<Record> moved = {SetsEmailTo("9", 1, "y@z"), SetsEmailTo("9", 5, kAddress)};
  Story story(moved);
  story.Go({Bounces("9", 5)});
  EXPECT_EQ(story.Status("9"), "active");
  EXPECT_EQ(story.Count("9", "bounce"), 1);
  story.Go({Bounces("9", 4, kAddress)});
  EXPECT_EQ(story.Status("9"), "bounced");
}

TEST(AddressFacts, AnEventForAMailboxWithAnotherAddressBelongsToThat) {
  const std::vector<Record> records = {SetsEmailTo(kAddress, 1, "y@z"), SetsEmailTo("9", 1, "y@z")};
  Story story(records);
  story.Go({Leaves(kAddress, 2)});
  EXPECT_EQ(story.Status("9"), "unsubscribed");
}

TEST(AddressRule1, AnOptOutReachesEveryoneWithTheAddress) {
  const Story story({SetsEmailTo("7", 1, kAddress), SetsEmailTo("9", 1, kAddress), SetsEmailTo("8", 1, "y@z"),
                     Tags(kAddress, 1), Leaves("7", 2)});
  EXPECT_EQ(story.Status("7"), "unsubscribed");
  EXPECT_EQ(story.Status("9"), "unsubscribed");
  EXPECT_EQ(story.Status(kAddress), "unsubscribed");
  EXPECT_EQ(story.Status("8"), "active");
  EXPECT_EQ(story.Count("9", "unsubscribe"), 0);
  EXPECT_EQ(story.Changes("9"),
            (Lines{"LEAD_CREATED c19", "EMAIL_STATUS_CHANGED unsubscribe2", "SENDABLE_CHANGED unsubscribe2"}));
}

TEST(AddressRule1, AComplaintToo) {
  EXPECT_EQ(StatusOfUser({Sent("9", 2, EventType::kComplaint, kAddress)}), "complained");
}

TEST(AddressRule1, ItWaitsForThoseWhoComeLater) {
  EXPECT_EQ(Story({Leaves("9", 2, kAddress), SetsEmailTo("7", 3, kAddress)}).Status("7"), "unsubscribed");
}

TEST(AddressRule1, ItCountsForEachTopic) {
  TenantDefinitions definitions = ByEmail();
  definitions.topics = {{"news", ""}};
  Record leaves = Leaves("9", 2, kAddress);
  Of(leaves).topic = "NEWS";
  Story story(User({leaves}), definitions);
  EXPECT_EQ(story.Line("7")["topicsOut"], (Json{"news"}));
  EXPECT_EQ(story.Status("7"), "active");
  EXPECT_EQ(story.Changes("7").back(), "TOPIC_CHANGED news unsubscribe2");
  Record returns = ComesBack("9", 3, kAddress);
  Of(returns).topic = "News";
  story.Go({returns});
  EXPECT_EQ(story.Line("7")["topicsOut"], Json::array());
}

TEST(AddressRule1, TheLeadsOwnEventIsLiftedByItsOwnAndByThoseOfItsAddress) {
  EXPECT_EQ(StatusOfUser({Leaves("7", 2), ComesBack("7", 3)}), "active");
  EXPECT_EQ(StatusOfUser({Leaves("7", 2), ComesBack("9", 3, kAddress)}), "active");
  EXPECT_EQ(StatusOfUser({Leaves("7", 2), ComesBack("9", 3)}), "unsubscribed");
  EXPECT_EQ(StatusOfUser({Leaves("7", 3), ComesBack("7", 3)}), "unsubscribed");
}

TEST(AddressRule1, TheStandingIsLiftedOnlyByThoseOfTheAddress) {
  const std::vector<Record> left = User({Leaves("9", 2, kAddress)});
  const auto after = [&](const Record& record) {
    Story story(left);
    story.Go({record});
    return story.Status("7");
  };
  EXPECT_EQ(after(ComesBack("7", 3)), "unsubscribed");
  EXPECT_EQ(after(ComesBack("7", 3, kAddress)), "active");
  EXPECT_EQ(after(ComesBack(kAddress, 3)), "active");
  EXPECT_EQ(after(ComesBack("X@Example.com", 3)), "active");
}

TEST(AddressRule1, ARetractedOneDoesNotCount) {
  Story story(User({Leaves("9", 2, kAddress), TakesBack("9", 3, "unsubscribe2")}));
  EXPECT_EQ(story.Status("7"), "active");
  EXPECT_EQ(story.Changes("7").back(), "SENDABLE_CHANGED retract3");
}

TEST(AddressRule1, ItsOwnIsLiftedByItsOwnForTheLeadAloneNotForOthers) {
  const Story story(User({SetsEmailTo("9", 1, kAddress), Leaves("7", 2), ComesBack("7", 3)}));
  EXPECT_EQ(story.Status("7"), "active");
  EXPECT_EQ(story.Status("9"), "unsubscribed");
}

TEST(AddressRule1, AResubscribeThatNamesAnotherAddressLiftsNoStanding) {
  EXPECT_EQ(StatusOfUser({Leaves("7", 2), ComesBack("7", 3, "y@z")}), "unsubscribed");
  // The opt-out that names another address counts for the lead alone.
  EXPECT_EQ(StatusOfUser({Leaves("7", 2, "y@z"), ComesBack("7", 3, "z@z")}), "active");
}

TEST(AddressRule1, AComplaintIsLiftedByTheSameOnesWhereTheDefinitionsSaySo) {
  TenantDefinitions lifts = ByEmail();
  lifts.lifecycle.resubscribe_lifts_complaint = true;
  const Record complaint = Sent("9", 2, EventType::kComplaint, kAddress);
  EXPECT_EQ(StatusOfUser({complaint, ComesBack("9", 3, kAddress)}), "complained");
  EXPECT_EQ(StatusOfUser({complaint, ComesBack("9", 3, kAddress)}, lifts), "active");
  EXPECT_EQ(StatusOfUser({complaint, ComesBack("7", 3)}, lifts), "complained");
}

TEST(AddressRule1, ABounceCountsOnlyFromTheMailbox) {
  EXPECT_EQ(StatusOfUser({Bounces(kAddress, 2)}), "bounced");
  EXPECT_EQ(StatusOfUser({Bounces("9", 2, kAddress)}), "active");
  EXPECT_EQ(StatusOfUser({Bounces("7", 2)}), "bounced");
  // The mailbox had the bounce before the lead came.
  EXPECT_EQ(Story({Bounces(kAddress, 2), SetsEmailTo("7", 3, kAddress)}).Status("7"), "bounced");
}

TEST(AddressRule1, BouncesAndSignsOfLifeOfOneAddressCountAgainstEachOther) {
  EXPECT_EQ(StatusOfUser({Bounces(kAddress, 2), Opens("7", 3)}), "active");
  EXPECT_EQ(StatusOfUser({Bounces("7", 2), Opens(kAddress, 3)}), "active");
  EXPECT_EQ(StatusOfUser({Bounces("7", 2), Sent("7", 3, EventType::kOpen, "y@z")}), "bounced");
  EXPECT_EQ(StatusOfUser({Bounces("7", 2), Opens("9", 3)}), "bounced");
}

TEST(AddressRule1, ABounceOfAFormerAddressEndsWithIt) {
  const std::vector<Record> moved = User({Bounces("7", 2), SetsEmailTo("7", 3, "y@z")});
  Story story(moved);
  EXPECT_EQ(story.Status("7"), "active");
  story.Go({SetsEmailTo("7", 4, kAddress)});
  EXPECT_EQ(story.Status("7"), "bounced");
  // Without an address, facts of the last address count.
  EXPECT_EQ(StatusOfUser({Bounces("7", 2), SetsEmailTo("7", 3, nullptr)}), "bounced");
}

TEST(AddressRule1, ABounceOfNoAddressCountsUntilTheAddressChanges) {
  EXPECT_EQ(Story({Bounces("7", 2)}).Status("7"), "bounced");
  EXPECT_EQ(Story({Bounces("7", 2), SetsEmailTo("7", 3, kAddress)}).Status("7"), "bounced");
  EXPECT_EQ(Story({Bounces("7", 2), SetsEmailTo("7", 3, kAddress), SetsEmailTo("7", 4, "y@z")}).Status("7"), "active");
}

TEST(AddressRule1, SoftBouncesAreThoseOfTheJournal) {
  TenantDefinitions definitions = ByEmail();
  definitions.lifecycle.soft_bounce_limit = 2;
  const auto soft = [](Record record) {
    Of(record).bounce_kind = BounceKind::kSoft;
    return record;
  };
  const std::vector<Record> two = {soft(Bounces(kAddress, 2)), soft(Bounces("7", 3))};
  EXPECT_EQ(StatusOfUser(two, definitions), "bounced");
  EXPECT_EQ(StatusOfUser({two[0], two[1], SetsEmailTo("7", 4, "y@z")}, definitions), "active");
  EXPECT_EQ(StatusOfUser({soft(Bounces("9", 2, kAddress)), soft(Bounces("9", 3, kAddress))}, definitions), "active");
}

TEST(AddressRule1, AStandingChangesTheStatusNotTheScore) {
  TenantDefinitions definitions = ByEmail();
  ScoringRule rule;
  rule.event = EventType::kUnsubscribe;
  rule.points = 3;
  definitions.scoring.rules = {rule};
  EXPECT_EQ(Story(User({Leaves("9", 2, kAddress)}), definitions).Line("7")["score"], 0);
  EXPECT_EQ(Story(User({Leaves(kAddress, 2)}), definitions).Line("7")["score"], 3);
}

TEST(AddressRule1, FoldedFactsStay) {
  TenantDefinitions definitions = ByEmail();
  definitions.max_entries = 1;
  const std::vector<Record> folded = User({Leaves("9", 2, kAddress), Opens("9", 3), TakesBack("9", 4, "unsubscribe2")});
  EXPECT_EQ(Story(folded, definitions).Status("7"), "unsubscribed");
}

TEST(AddressRule1, TheStandingTakesAnEventFromTheLeadThatItWasSentFor) {
  TenantDefinitions definitions = ByEmail();
  definitions.max_entries = 2;
  // Lead 7 has folded the received events, so the RETRACT comes too late for it.
  const Story story(User({SetsEmailTo("9", 1, kAddress), Leaves(kAddress, 2), Opens("7", 3), Opens("7", 4),
                          TakesBack(kAddress, 5, "unsubscribe2")}),
                    definitions);
  EXPECT_EQ(story.Status("7"), "unsubscribed");
  EXPECT_EQ(story.Status("9"), "active");
}

TEST(AddressRule1, LateEventsCountInTheStanding) {
  TenantDefinitions definitions = ByEmail();
  definitions.max_entries = 1;
  const std::vector<Record> late = User({Opens("9", 3), Opens("9", 4), Leaves("9", 2, kAddress)});
  EXPECT_EQ(Story(late, definitions).Status("7"), "unsubscribed");
}

TEST(AddressRule2, AnEventForAnAddressReachesItsUsers) {
  const Story story(User({SetsEmailTo("9", 1, kAddress), Opens(kAddress, 2)}));
  EXPECT_EQ(story.Count("7", "open"), 1);
  EXPECT_EQ(story.Count("9", "open"), 1);
  EXPECT_EQ(story.Line("7")["stage"], "contacted");
}

TEST(AddressRule2, AnEventForAUserReachesNobodyElse) {
  const Story story(User({SetsEmailTo("9", 1, kAddress), Tags(kAddress, 1), Opens("7", 2)}));
  EXPECT_EQ(story.Count("9", "open"), 0);
  EXPECT_EQ(story.Count(kAddress, "open"), 0);
}

TEST(AddressRule2, WhatIsReceivedIsNotPassedOn) {
  const Story story({SetsEmailTo("y@z", 1, kAddress), SetsEmailTo("7", 1, "y@z"), Opens(kAddress, 2)});
  EXPECT_EQ(story.Count("y@z", "open"), 1);
  EXPECT_EQ(story.Count("7", "open"), 0);
}

TEST(AddressRule2, AUserGetsTheHistoryAndKeepsIt) {
  Story story({Opens(kAddress, 1), Opens(kAddress, 2), SetsEmailTo("7", 3, kAddress)});
  EXPECT_EQ(story.Count("7", "open"), 2);
  EXPECT_EQ(story.Changes("7"), (Lines{"LEAD_CREATED c37"}));
  story.Go({SetsEmailTo("7", 4, "y@z"), Opens(kAddress, 5)});
  EXPECT_EQ(story.Count("7", "open"), 2);
}

TEST(AddressRule2, TheHistoryIsWhatTheMailboxHoldsOfItsOwn) {
  // The events that the mailbox y@z received from the address are not its own.
  const Story story({SetsEmailTo("y@z", 1, kAddress), Opens(kAddress, 2), Opens("y@z", 3), SetsEmailTo("7", 4, "y@z")});
  EXPECT_EQ(story.Count("7", "open"), 1);
}

TEST(AddressRule2, AllOfTheHistoryIsRecordedBeforeAnythingFolds) {
  TenantDefinitions definitions = ByEmail();
  definitions.max_entries = 2;
  // The RETRACT is there when the open that it names folds.
  const Story story({Opens("7", 3), Opens("7", 4), Opens(kAddress, 1), TakesBack(kAddress, 2, "open1"),
                     SetsEmailTo("7", 5, kAddress)},
                    definitions);
  EXPECT_EQ(story.Count("7", "open"), 2);
}

}  // namespace leadpulse::model::model_addresses_self_test
