// Topics, status facts and the rest after an erasure: the model on cases small enough to work out by hand. Times are
// days of January 2025.

#include <gtest/gtest.h>

#include "tests/property/model_play.h"

namespace leadpulse::model::model_opt_out_self_test {

Record On(int day, EventType type, const std::string& topic = "") {
  Record record = EventAt(OnDay(day), type, TypeName(type) + std::to_string(day) + topic.substr(0, 9));
  Of(record).topic = topic;
  return record;
}

Record Leaves(int day, const std::string& topic = "") { return On(day, EventType::kUnsubscribe, topic); }

Record ComesBack(int day, const std::string& topic = "") { return On(day, EventType::kResubscribe, topic); }

Record EraseOn(int day, bool suppress = false) {
  return CommandAt(OnDay(day), "x" + std::to_string(day), Erase{suppress});
}

Record Bounce(int day) { return On(day, EventType::kBounce); }

TenantDefinitions WithTopics(const std::vector<std::string>& ids) {
  TenantDefinitions definitions = Plain();
  for (const std::string& id : ids) definitions.topics.push_back({id, ""});
  return definitions;
}

// Returns definitions with at most two entries: a third event folds the oldest.
TenantDefinitions Bounded() {
  TenantDefinitions definitions = WithTopics({"news"});
  definitions.max_entries = 2;
  return definitions;
}

std::string StatusAfter(const TenantDefinitions& definitions, const std::vector<Record>& records) {
  return LineOf(Play(definitions, records))["emailStatus"];
}

Json TopicsOut(const TenantDefinitions& definitions, const std::vector<Record>& records) {
  return LineOf(Play(definitions, records))["topicsOut"];
}

// Returns the same records for a lead whose id is an address.
std::vector<Record> OfAddress(std::vector<Record> records) {
  for (Record& record : records) {
    std::visit(
        [](auto& content) {
          if constexpr (requires { content.lead; }) content.lead = "l@example.com";
        },
        record.content);
  }
  return records;
}

Json AddressLine(const TenantDefinitions& definitions, const std::vector<Record>& records) {
  return Play(definitions, OfAddress(records)).Leads().at({kTenant, "l@example.com"});
}

TEST(Topics, ADeclaredOneLeavesTheLeadSendable) {
  const auto model =
      Play(WithTopics({"news", "Offers"}), {Leaves(1, "NEWS"), Leaves(2, "offers"), ComesBack(3, "News")});
  EXPECT_EQ(Published(model),
            (Lines{"2025-01-01T00:00:00Z LEAD_CREATED EVENT", "2025-01-01T00:00:00Z TOPIC_CHANGED news in>out EVENT",
                   "2025-01-02T00:00:00Z TOPIC_CHANGED Offers in>out EVENT",
                   "2025-01-03T00:00:00Z TOPIC_CHANGED news out>in EVENT"}));
  EXPECT_EQ(LineOf(model)["topicsOut"], (Json{"Offers"}));
  EXPECT_EQ(LineOf(model)["emailStatus"], "active");
  EXPECT_EQ(LineOf(model)["counts"]["unsubscribe"], 2);
}

TEST(Topics, OneThatIsNotDeclaredUnsubscribes) {
  EXPECT_EQ(StatusAfter(WithTopics({"news"}), {Leaves(1, "offers")}), "unsubscribed");
  EXPECT_EQ(StatusAfter(WithTopics({"news"}), {Leaves(1, "offers"), ComesBack(2, "offers")}), "active");
  EXPECT_EQ(StatusAfter(WithTopics({"news"}), {Leaves(1, "offers"), ComesBack(2)}), "unsubscribed");
  EXPECT_EQ(StatusAfter(WithTopics({"news"}), {Leaves(1, " news")}), "unsubscribed");
}

TEST(Topics, EachScopeIsLiftedByItsOwnLaterResubscribe) {
  const TenantDefinitions definitions = WithTopics({"news"});
  EXPECT_EQ(StatusAfter(definitions, {Leaves(1), ComesBack(2, "news")}), "unsubscribed");
  EXPECT_EQ(StatusAfter(definitions, {Leaves(1), ComesBack(2)}), "active");
  EXPECT_EQ(TopicsOut(definitions, {Leaves(1, "news"), ComesBack(2)}), (Json{"news"}));
  EXPECT_EQ(TopicsOut(definitions, {Leaves(1, "news"), ComesBack(1, "news")}), (Json{"news"}));
  EXPECT_EQ(TopicsOut(definitions, {ComesBack(2, "news"), Leaves(1, "news")}), Json::array());
}

TEST(Topics, OneThatIsTooLongIsEverythingOrNothing) {
  const std::string longest(128, 't');
  const TenantDefinitions definitions = WithTopics({longest});
  EXPECT_EQ(StatusAfter(definitions, {Leaves(1, longest)}), "active");
  EXPECT_EQ(TopicsOut(definitions, {Leaves(1, longest)}), (Json{longest}));
  EXPECT_EQ(StatusAfter(definitions, {Leaves(1, longest + "t")}), "unsubscribed");
  EXPECT_EQ(StatusAfter(definitions, {Leaves(1, longest + "t"), ComesBack(2, longest + "t")}), "unsubscribed");
  EXPECT_EQ(StatusAfter(definitions, {Leaves(1, longest + "t"), ComesBack(2)}), "active");
  // It lifts nothing, but a RESUBSCRIBE is a sign of life.
  const auto model = Play(definitions, {Bounce(1), ComesBack(2, std::string(2000, 't'))});
  EXPECT_EQ(LineOf(model)["emailStatus"], "active");
  EXPECT_EQ(LineOf(model)["counts"]["resubscribe"], 1);
  EXPECT_EQ(model.dead_letters().size(), 0u);
}

TEST(Topics, ALeadKeepsTheFirstHundred) {
  std::vector<Record> records;
  for (int topic = 0; topic < 100; ++topic) records.push_back(ComesBack(1, "t" + std::to_string(topic)));
  const TenantDefinitions definitions = WithTopics({"t99", "t100"});
  const auto with = [&](std::vector<Record> more) {
    more.insert(more.begin(), records.begin(), records.end());
    return LineOf(Play(definitions, more));
  };
  EXPECT_EQ(with({Leaves(2, "T99")})["topicsOut"], (Json{"t99"}));
  EXPECT_EQ(with({Leaves(2, "T99")})["emailStatus"], "active");
  EXPECT_EQ(with({Leaves(2, "t100")})["topicsOut"], Json::array());
  EXPECT_EQ(with({Leaves(2, "t100")})["emailStatus"], "unsubscribed");
  EXPECT_EQ(with({Leaves(2, "t100"), ComesBack(3, "t100")})["emailStatus"], "unsubscribed");
  EXPECT_EQ(with({Leaves(2, "t100"), ComesBack(3)})["emailStatus"], "active");
}

TEST(Topics, OnlyAResubscribeToEverythingLiftsAComplaint) {
  TenantDefinitions definitions = WithTopics({"news"});
  definitions.lifecycle.resubscribe_lifts_complaint = true;
  EXPECT_EQ(StatusAfter(definitions, {On(1, EventType::kComplaint), ComesBack(2, "news")}), "complained");
  EXPECT_EQ(StatusAfter(definitions, {On(1, EventType::kComplaint), ComesBack(2)}), "active");
}

TEST(Topics, AResubscribeToAnyScopeIsASignOfLife) {
  EXPECT_EQ(StatusAfter(WithTopics({"news"}), {Bounce(1), ComesBack(2, "news")}), "active");
  EXPECT_EQ(StatusAfter(WithTopics({"news"}), {Bounce(1), ComesBack(2, "other")}), "active");
}

TEST(Topics, TheResetDoesNotSeeThatOfADeclaredTopic) {
  TenantDefinitions definitions = WithTopics({"news"});
  ScoringRule rule;
  rule.event = EventType::kUnsubscribe;
  rule.points = 3;
  definitions.scoring.rules = {rule};
  definitions.scoring.reset_on = {EventType::kUnsubscribe};
  const auto score = [&](const std::string& topic) { return LineOf(Play(definitions, {Leaves(1, topic)}))["score"]; };
  EXPECT_EQ(score("news"), 3);
  EXPECT_EQ(score("offers"), 0);
  EXPECT_EQ(score(""), 0);
  EXPECT_EQ(score(std::string(129, 'n')), 0);
}

TEST(Topics, SendableForAsksForBoth) {
  TenantDefinitions definitions = WithTopics({"news", "offers"});
  Rule rule;
  rule.predicate.kind = Predicate::Kind::kSendableFor;
  rule.predicate.name = "News";
  definitions.segments = {{"s", "S", rule}};
  const auto holds = [&](const std::vector<Record>& records) {
    return LineOf(Play(definitions, records))["segments"].size() == 1;
  };
  EXPECT_TRUE(holds({Leaves(1, "offers")}));
  EXPECT_FALSE(holds({Leaves(1, "news")}));
  EXPECT_FALSE(holds({Leaves(1)}));
  EXPECT_FALSE(holds({CommandAt(OnDay(1), "c", SetDoNotContact{true, ""})}));
  EXPECT_TRUE(holds({Leaves(1, "news"), ComesBack(2, "NEWS")}));
}

TEST(Topics, ChangesComeAfterSendableById) {
  TenantDefinitions definitions = WithTopics({"b", "a"});
  Model model = Play(Plain(), {Leaves(1, "b"), Leaves(1, "A")});
  model.Redefine({{"*", definitions}}, "2nd");
  const Lines lines = Published(model);
  EXPECT_EQ(Lines(lines.end() - 4, lines.end()),
            (Lines{"2025-01-01T00:00:00Z EMAIL_STATUS_CHANGED unsubscribed>active DEFINITIONS",
                   "2025-01-01T00:00:00Z SENDABLE_CHANGED false>true DEFINITIONS",
                   "2025-01-01T00:00:00Z TOPIC_CHANGED a in>out DEFINITIONS",
                   "2025-01-01T00:00:00Z TOPIC_CHANGED b in>out DEFINITIONS"}));
}

TEST(Topics, OneThatIsNoLongerDeclaredPublishesNothingOfItsOwn) {
  Model model = Play(WithTopics({"news"}), {Leaves(1, "news")});
  model.Redefine({{"*", WithTopics({"NEWS"})}}, "2nd");
  EXPECT_EQ(Published(model).size(), 2u);
  EXPECT_EQ(LineOf(model)["topicsOut"], (Json{"NEWS"}));
  model.Redefine({{"*", Plain()}}, "3rd");
  const Lines lines = Published(model);
  EXPECT_EQ(Lines(lines.begin() + 2, lines.end()),
            (Lines{"2025-01-01T00:00:00Z EMAIL_STATUS_CHANGED active>unsubscribed DEFINITIONS",
                   "2025-01-01T00:00:00Z SENDABLE_CHANGED true>false DEFINITIONS"}));
  EXPECT_EQ(LineOf(model)["topicsOut"], Json::array());
}

TEST(StatusFacts, FoldedTopicsStayOut) {
  const auto model = Play(Bounded(), {Leaves(1, "news"), On(3, EventType::kSent), On(4, EventType::kSent)});
  EXPECT_EQ(LineOf(model)["topicsOut"], (Json{"news"}));
  EXPECT_EQ(LineOf(model)["counts"]["unsubscribe"], 1);
}

// Puts records in front after which days 5 and 6 are in the journal and day 4 is folded.
std::vector<Record> Folded(std::vector<Record> more) {
  const std::vector<Record> held = {On(4, EventType::kSent), On(5, EventType::kSent), On(6, EventType::kSent)};
  more.insert(more.begin(), held.begin(), held.end());
  return more;
}

TEST(StatusFacts, LateEventsCountInTheStatusAlone) {
  const auto model = Play(Bounded(), Folded({Leaves(2, "news"), Leaves(3)}));
  EXPECT_EQ(LineOf(model)["topicsOut"], (Json{"news"}));
  EXPECT_EQ(LineOf(model)["emailStatus"], "unsubscribed");
  EXPECT_EQ(LineOf(model)["counts"]["unsubscribe"], 0);
  EXPECT_FALSE(LineOf(model)["lastAt"].contains("unsubscribe"));
  const Lines lines = Published(model);
  EXPECT_EQ(Lines(lines.end() - 3, lines.end()),
            (Lines{"2025-01-06T00:00:00Z TOPIC_CHANGED news in>out EVENT",
                   "2025-01-06T00:00:00Z EMAIL_STATUS_CHANGED active>unsubscribed EVENT",
                   "2025-01-06T00:00:00Z SENDABLE_CHANGED true>false EVENT"}));
  EXPECT_EQ(StatusAfter(Bounded(), Folded({Leaves(1), ComesBack(2)})), "active");
  EXPECT_EQ(StatusAfter(Bounded(), Folded({On(1, EventType::kComplaint)})), "complained");
  EXPECT_EQ(StatusAfter(Bounded(), Folded({Bounce(1)})), "bounced");
  EXPECT_EQ(StatusAfter(Bounded(), Folded({Bounce(1), On(2, EventType::kClick)})), "active");
}

TEST(StatusFacts, LateSoftBouncesAndProgramsDoNotCount) {
  TenantDefinitions definitions = Bounded();
  definitions.lifecycle.soft_bounce_limit = 1;
  Record soft = Bounce(1);
  Of(soft).bounce_kind = BounceKind::kSoft;
  EXPECT_EQ(StatusAfter(definitions, Folded({soft})), "active");
  Record scanned = On(2, EventType::kClick);
  Of(scanned).machine = true;
  EXPECT_EQ(StatusAfter(definitions, Folded({Bounce(1), scanned})), "bounced");
}

TEST(StatusFacts, ALateEventIsNotCountedWhereItIsRetractedOrHeld) {
  const Record late = Leaves(1);
  const std::string id = Of(Folded({late}).back()).id;
  EXPECT_EQ(StatusAfter(Bounded(), Folded({Retract(OnDay(7), "r", id), late})), "active");
  // A RETRACT after that takes nothing back.
  EXPECT_EQ(StatusAfter(Bounded(), Folded({late, Retract(OnDay(7), "r", id)})), "unsubscribed");
  Record same_id = late;
  Of(same_id).id = "sent6";
  EXPECT_EQ(StatusAfter(Bounded(), Folded({same_id})), "active");
}

TEST(StatusFacts, ALateBounceOfAnOldAddressDoesNotCount) {
  const auto first = SetAttribute(OnDay(2), "c1", {{"email", "a@b"}});
  const auto other = SetAttribute(OnDay(3), "c2", {{"email", "x@y"}});
  EXPECT_EQ(StatusAfter(Bounded(), Folded({first, Bounce(3)})), "bounced");
  EXPECT_EQ(StatusAfter(Bounded(), Folded({first, other, Bounce(3)})), "active");
}

TEST(AfterErasure, StatusFactsCountForTheNextLife) {
  const TenantDefinitions definitions = WithTopics({"news"});
  const auto model = Play(definitions, {Leaves(1), Leaves(2, "news"), EraseOn(3), On(4, EventType::kSent)});
  const Lines lines = Published(model);
  EXPECT_EQ(Lines(lines.end() - 5, lines.end()),
            (Lines{"2025-01-04T00:00:00Z LEAD_CREATED EVENT",
                   "2025-01-04T00:00:00Z EMAIL_STATUS_CHANGED active>unsubscribed EVENT",
                   "2025-01-04T00:00:00Z SENDABLE_CHANGED true>false EVENT",
                   "2025-01-04T00:00:00Z TOPIC_CHANGED news in>out EVENT",
                   "2025-01-04T00:00:00Z STAGE_CHANGED new>contacted EVENT"}));
  EXPECT_EQ(LineOf(model)["counts"]["unsubscribe"], 0);
  EXPECT_EQ(StatusAfter(definitions, {Leaves(1), EraseOn(3), ComesBack(4)}), "active");
  EXPECT_EQ(StatusAfter(definitions, {On(1, EventType::kComplaint), EraseOn(3), On(4, EventType::kSent)}),
            "complained");
  EXPECT_EQ(StatusAfter(definitions, {Leaves(1), EraseOn(3), On(4, EventType::kSent), EraseOn(5), Leaves(6, "news")}),
            "unsubscribed");
}

TEST(AfterErasure, DoNotContactStays) {
  const auto never = CommandAt(OnDay(1), "c", SetDoNotContact{true, ""});
  const auto again = CommandAt(OnDay(5), "d", SetDoNotContact{false, ""});
  const auto model = Play(Plain(), {never, EraseOn(3), On(4, EventType::kSent)});
  EXPECT_EQ(LineOf(model)["doNotContact"], true);
  EXPECT_EQ(LineOf(model)["sendable"], false);
  EXPECT_EQ(LineOf(Play(Plain(), {never, EraseOn(3), EraseOn(4), On(5, EventType::kSent)}))["doNotContact"], true);
  EXPECT_EQ(LineOf(Play(Plain(), {never, EraseOn(3), again, EraseOn(6), On(7, EventType::kSent)}))["doNotContact"],
            false);
}

TEST(AfterErasure, SuppressLeavesAnUnsubscribeAtItsTime) {
  const std::vector<Record> suppressed = {On(2, EventType::kSent), EraseOn(1, true), ComesBack(2)};
  auto records = suppressed;
  records.push_back(On(3, EventType::kSent));
  EXPECT_EQ(StatusAfter(Plain(), records), "unsubscribed");
  records.push_back(ComesBack(4));
  EXPECT_EQ(StatusAfter(Plain(), records), "active");
  // A lead that never existed can be suppressed, too.
  EXPECT_EQ(StatusAfter(Plain(), {EraseOn(1, true), On(2, EventType::kSent)}), "unsubscribed");
  EXPECT_EQ(StatusAfter(Plain(), {EraseOn(1), On(2, EventType::kSent)}), "active");
}

TEST(AfterErasure, DroppedEventsCountBeforeAndInTheNextLife) {
  const auto before = Play(WithTopics({"news"}), {EraseOn(3), Leaves(1), Leaves(2, "news"), On(4, EventType::kSent)});
  EXPECT_EQ(LineOf(before)["emailStatus"], "unsubscribed");
  EXPECT_EQ(LineOf(before)["topicsOut"], (Json{"news"}));
  EXPECT_EQ(Published(before)[1], "2025-01-04T00:00:00Z LEAD_CREATED EVENT");
  const auto during = Play(WithTopics({"news"}), {EraseOn(3), On(4, EventType::kSent), Leaves(1)});
  EXPECT_EQ(Published(during).back(), "2025-01-04T00:00:00Z SENDABLE_CHANGED true>false EVENT");
  EXPECT_EQ(LineOf(during)["counts"]["unsubscribe"], 0);
  EXPECT_EQ(Play(Plain(), {EraseOn(3), Leaves(1)}).Leads().size(), 0u);
}

TEST(AfterErasure, ABounceCountsForTheNextLifesAddress) {
  const std::vector<Record> held = {Bounce(1), EraseOn(3), On(4, EventType::kSent)};
  EXPECT_EQ(StatusAfter(Plain(), held), "bounced");
  auto moved = OfAddress(held);
  EXPECT_EQ(AddressLine(Plain(), moved)["emailStatus"], "bounced");
  moved.push_back(SetAttribute(OnDay(5), "c", {{"email", "other@example.com"}}));
  EXPECT_EQ(AddressLine(Plain(), moved)["emailStatus"], "active");
}

TEST(AfterErasure, ABounceOfAnOldAddressIsNotLeft) {
  const std::vector<Record> records = {Bounce(1), SetAttribute(OnDay(2), "c", {{"email", "other@example.com"}}),
                                       EraseOn(3), On(4, EventType::kSent)};
  TenantDefinitions alone = Plain();
  alone.identity_by_email = false;
  EXPECT_EQ(AddressLine(alone, records)["emailStatus"], "active");
  // With an address, the next life has the bounce again.
  alone.identity_by_email = true;
  EXPECT_EQ(AddressLine(alone, records)["emailStatus"], "bounced");
}

TEST(AfterErasure, ADroppedBounceCountsWhereTheIdIsAnAddress) {
  const std::vector<Record> dropped = {EraseOn(3), Bounce(1), On(4, EventType::kSent)};
  EXPECT_EQ(StatusAfter(Plain(), dropped), "active");
  EXPECT_EQ(AddressLine(Plain(), dropped)["emailStatus"], "bounced");
  const std::vector<Record> alive = {Bounce(1), EraseOn(3), On(2, EventType::kOpen), On(4, EventType::kSent)};
  EXPECT_EQ(StatusAfter(Plain(), alive), "active");
}

}  // namespace leadpulse::model::model_opt_out_self_test
