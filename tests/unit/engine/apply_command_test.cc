// The limits of a profile, and that a refused command leaves no trace.
#include "processor/engine/apply_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "config/definitions_loader.h"
#include "tests/support/engine_driver.h"

namespace leadpulse::engine::apply_command_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const LeadKey kKey{"t", "a@x.org"};

std::string Command(const std::string& id, const std::string& action) {
  return R"({"command":{"tenantId":"t","leadId":"a@x.org","issuedAt":"2025-01-01T00:00:00Z","commandId":")" + id +
         "\"," + action + "}}";
}

std::string Set(const std::string& members, const std::string& unset = "") {
  return R"("updateProfile":{"set":{)" + members + R"(},"unset":[)" + unset + "]}";
}

std::string Attributes(int first, int last) {
  std::string members;
  for (int i = first; i <= last; ++i) members += (i > first ? ",\"k" : "\"k") + std::to_string(i) + "\":1";
  return members;
}

class ProfileLimits : public ::testing::Test {
 protected:
  codec::Reason LastReason() const { return driver_.rejections().back().reason; }

  leadpulse::testing::EngineDriver driver_;
};

TEST_F(ProfileLimits, FiveHundredAttributesAfterAdditionsAndRemovals) {
  driver_.Feed(Command("1", Set(Attributes(1, 500))));
  EXPECT_THAT(driver_.rejections(), IsEmpty());
  const std::string before = driver_.Row(kKey);
  driver_.Feed(Command("2", Set(R"("one_more":1)")));
  ASSERT_THAT(driver_.rejections(), SizeIs(1));
  EXPECT_EQ(LastReason(), codec::Reason::kTooManyAttributes);
  EXPECT_EQ(driver_.Row(kKey), before);
  driver_.Feed(Command("3", Set(R"("one_more":1)", R"("k1")")));
  EXPECT_THAT(driver_.rejections(), SizeIs(1));
}

// Holds for any spelling of the name.
TEST(RecordCheck, AnEmailIsOneAddressOrATextWithoutOne) {
  const std::string longest(320, 'a');
  for (const std::string email :
       {R"("Ann@X.org")", R"("  ann@x.org\t")", R"("ann")", R"("")", R"("  ")", "null", "[]"}) {
    leadpulse::testing::EngineDriver driver;
    driver.Feed(Command("1", Set("\"Email\":" + email)));
    EXPECT_THAT(driver.rejections(), IsEmpty()) << email;
  }
  for (const std::string email : {R"("a b@x")", R"("a@x,b@x")", R"("a@x;b@x")", R"("Ann <a@x>")", R"("a@\tx")", "5",
                                  "true", R"(["a@x"])", "{}"}) {
    leadpulse::testing::EngineDriver driver;
    driver.Feed(Command("1", Set("\" e-mail\":1,\" EMAIL \":" + email)));
    ASSERT_THAT(driver.rejections(), SizeIs(1)) << email;
    EXPECT_EQ(driver.rejections().back().reason, codec::Reason::kInvalidValue) << email;
  }
  leadpulse::testing::EngineDriver driver;
  driver.Feed(Command("1", Set("\"email\":\" " + longest + " \"")));
  EXPECT_THAT(driver.rejections(), IsEmpty());
  driver.Feed(Command("2", Set("\"email\":\"a" + longest + "\"")));
  EXPECT_THAT(driver.rejections(), SizeIs(1));
}

// An attribute stored like this becomes an address once by_email is switched on, if it is a text with an `@`.
TEST(RecordCheck, WithoutByEmailAnEmailIsAnAttributeLikeOthers) {
  const std::string definitions = R"(tenants: {"*": {tiers: [{name: cold}], identity: {by_email: )";
  const std::string longest = "\"" + std::string(400, 'a') + "@x\"";
  for (const std::string& email :
       {std::string(R"("a b@x")"), std::string(R"("a@x,b@x")"), std::string(R"("Ann <a@x>")"), std::string("5"),
        std::string(R"(["a@x"])"), std::string("{}"), longest}) {
    leadpulse::testing::EngineDriver driver(definitions + "false}}}");
    driver.Feed(Command("1", Set("\"email\":" + email)));
    EXPECT_THAT(driver.rejections(), IsEmpty()) << email;
    EXPECT_THAT(driver.Row(kKey), ::testing::HasSubstr("\"email\":" + email));
    driver.Redefine(definitions + "true}}}");
    driver.Feed(Command("2", Set(R"("name":"Ann")")));
    EXPECT_THAT(driver.Row(kKey), ::testing::HasSubstr("\"email\":" + email));
    driver.Feed(Command("3", Set("\"email\":" + email)));
    EXPECT_THAT(driver.rejections(), SizeIs(1)) << email;
  }
}

TEST_F(ProfileLimits, HalfAMebibyteOfProfile) {
  const std::string text(8000, 'x');
  std::string members;
  for (int i = 0; i < 65; ++i) members += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\":\"" + text + "\"";
  driver_.Feed(Command("1", Set(members)));
  EXPECT_THAT(driver_.rejections(), IsEmpty());
  driver_.Feed(Command("2", Set("\"more\":\"" + text + "\"")));
  ASSERT_THAT(driver_.rejections(), SizeIs(1));
  EXPECT_EQ(LastReason(), codec::Reason::kLeadTooLarge);
  driver_.Feed(Command("3", R"("addNote":{"text":"notes have their own bound"})"));
  driver_.Feed(R"({"event":{"tenantId":"t","leadId":"a@x.org","eventId":"e","type":"OPEN",)"
               R"("occurredAt":"2025-01-01T00:00:00Z"}})");
  EXPECT_THAT(driver_.rejections(), SizeIs(1));
}

TEST_F(ProfileLimits, ARefusedCommandCreatesNoLead) {
  driver_.Feed(Command("1", Set(Attributes(1, 501))));
  EXPECT_EQ(LastReason(), codec::Reason::kTooManyAttributes);
  EXPECT_THAT(driver_.Leads(), IsEmpty());
  EXPECT_THAT(driver_.changes(), IsEmpty());
}

TEST_F(ProfileLimits, TheLast256CommandsAreRemembered) {
  driver_.Feed(Command("first", R"("addNote":{"text":"first"})"));
  for (int i = 0; i < 255; ++i) driver_.Feed(Command("c" + std::to_string(i), R"("assignAgent":{"agentId":"eve"})"));
  driver_.Feed(Command("first", R"("addNote":{"text":"a duplicate"})"));
  EXPECT_THAT(driver_.FindLead(kKey)->profile.extras->notes, SizeIs(1));
  driver_.Feed(Command("one more", R"("assignAgent":{"agentId":"bob"})"));
  driver_.Feed(Command("first", R"("addNote":{"text":"forgotten, so new"})"));
  EXPECT_THAT(driver_.FindLead(kKey)->profile.extras->notes, SizeIs(2));
}

TEST_F(ProfileLimits, TheLast200NotesAreStored) {
  for (int i = 1; i <= 203; ++i) {
    driver_.Feed(Command(std::to_string(i), R"("addNote":{"text":")" + std::to_string(i) + "\"}"));
  }
  const std::vector<state::Note> notes = driver_.FindLead(kKey)->profile.extras->notes;
  ASSERT_THAT(notes, SizeIs(state::kMaxNotes));
  EXPECT_EQ(notes.front().text, "4");
  EXPECT_EQ(notes.back().text, "203");
}

TEST_F(ProfileLimits, TheLast50EditsAreStoredWithTheirActors) {
  const std::string by_kim = R"("actor":"kim",)";
  driver_.Feed(Command("stage", by_kim + R"("setStage":{"stage":"QUALIFIED"})"));
  for (const std::string id : {"agent", "the same agent"}) {
    driver_.Feed(Command(id, by_kim + R"("assignAgent":{"agentId":"ben"})"));
  }
  driver_.Feed(Command("score", by_kim + R"("setQualification":{"score":80})"));
  driver_.Feed(Command("clear", R"("setQualification":{"clear":true})"));
  driver_.Feed(Command("stop", by_kim + R"("setDoNotContact":{"value":true})"));
  const Instant at = driver_.FindLead(kKey)->profile.set_stage->issued_at;
  EXPECT_THAT(driver_.FindLead(kKey)->profile.extras->edits,
              ElementsAre(state::ProfileEdit{state::EditKind::kStage, at, "kim", "qualified"},
                          state::ProfileEdit{state::EditKind::kAgent, at, "kim", "ben"},
                          state::ProfileEdit{state::EditKind::kQualification, at, "kim", "80"},
                          state::ProfileEdit{state::EditKind::kQualification, at, "", ""},
                          state::ProfileEdit{state::EditKind::kDoNotContact, at, "kim", "true"}));
  driver_.Feed(Command("lost", by_kim + R"("setStage":{"stage":"LOST"})"));
  driver_.Feed(Command("refused", by_kim + R"("setStage":{"stage":"NEW"})"));
  EXPECT_EQ(driver_.FindLead(kKey)->profile.extras->edits.back().value, "lost");
  for (size_t i = 0; i <= state::kMaxEdits; ++i) {
    driver_.Feed(Command(std::to_string(i), R"("setQualification":{"score":)" + std::to_string(i) + "}"));
  }
  EXPECT_THAT(driver_.FindLead(kKey)->profile.extras->edits, SizeIs(state::kMaxEdits));
  EXPECT_EQ(driver_.FindLead(kKey)->profile.extras->edits.front().value, "1");
}

// A command that is refused half-way, or because of its result, leaves nothing in memory either.
TEST(RefusedCommand, LeavesTheProfileAsItWas) {
  const auto loaded = config::LoadDefinitions("tenants: {'*': {tiers: [{name: all}], fields: {age: number}}}");
  ASSERT_TRUE(loaded.definitions != nullptr);
  state::Profile profile = NewProfile(kKey);
  profile.first_command_at = Instant{1};
  const std::string nearly_all(state::kMaxProfileBytes - 500, 'x'), too_much(1000, 'y');
  profile.attributes["k"] = {nearly_all, nearly_all};
  profile.extras.Get().tags.Add("a tag");
  profile.extras.Get().lists.Add("a list");
  profile.extras.Get().campaigns.Add("a campaign");
  state::RecordConsent({{"News", true, "a form", Instant{1}}, "eve", "1"}, &profile);
  state::RecordConsent({{"News", true, "a form", Instant{2}}, "eve", "2"}, &profile);
  const state::Profile before = profile;
  const std::vector<codec::Action> refused = {
      codec::UpdateProfile{{{"a", 1.0}, {"age", "no number"}}, {}},
      codec::UpdateProfile{{{"a", 1.0}, {"l", too_much}}, {}},
      codec::EditTags{{"another", too_much}, {"a tag"}},
      codec::EditLists{{"another", too_much}, {"a list"}},
      codec::EditCampaigns{{"another", too_much}, {"a campaign"}},
      codec::RecordConsent{"News", true, too_much},
  };
  for (const codec::Action& action : refused) {
    const codec::Command command{kKey, "1", Instant{2}, "", false, action};
    EXPECT_TRUE(ApplyCommand(command, loaded.definitions->For("t"), &profile).has_value()) << action.index();
    EXPECT_TRUE(profile == before) << action.index();
  }
}

class AppliedCommands : public ::testing::Test {
 protected:
  AppliedCommands()
      : loaded_(config::LoadDefinitions("tenants: {'*': {tiers: [{name: all}], fields: {age: number}}}")) {}

  std::optional<codec::Rejection> Apply(codec::Actions actions, int64_t at = 1) {
    return ApplyCommand({kKey, std::to_string(at), Instant{at}, "eve", false, std::move(actions)},
                        loaded_.definitions->For("t"), &profile_);
  }

  const config::LoadedDefinitions loaded_;
  state::Profile profile_;
};

class EditsOfNames : public AppliedCommands {
 protected:
  EditsOfNames() {
    EXPECT_FALSE(Apply(codec::UpdateProfile{{{"age", "12"}, {"city", "Bern"}, {"phone", "1"}}, {}}, 1));
    EXPECT_FALSE(Apply(codec::EditTags{{"VIP"}, {}}, 1));
  }
  std::vector<state::ProfileEdit> edits() const { return profile_.extras->edits; }
};

TEST_F(EditsOfNames, WhatMakesALeadIsNone) {
  EXPECT_THAT(edits(), IsEmpty());
  EXPECT_EQ(profile_.extras->tags.size(), 1u);
}

TEST_F(EditsOfNames, SayWhatChangedAndByWhom) {
  EXPECT_FALSE(Apply(codec::UpdateProfile{{{"City", "Basel"}, {"age", 12.0}, {"name", "Ada"}}, {"phone", "fax"}}, 2));
  EXPECT_FALSE(Apply(codec::EditTags{{"vip", "hot"}, {"cold"}}, 3));
  EXPECT_FALSE(Apply(codec::EditTags{{}, {"vip"}}, 4));
  EXPECT_FALSE(Apply(codec::EditLists{{"News"}, {}}, 5));
  EXPECT_FALSE(Apply(codec::EditCampaigns{{"Spring"}, {}}, 6));
  using state::EditKind;
  EXPECT_THAT(edits(), ElementsAre(state::ProfileEdit{EditKind::kAttributes, Instant{2}, "eve", "+city\n+name\n-phone"},
                                   state::ProfileEdit{EditKind::kTags, Instant{3}, "eve", "+hot"},
                                   state::ProfileEdit{EditKind::kTags, Instant{4}, "eve", "-VIP"},
                                   state::ProfileEdit{EditKind::kLists, Instant{5}, "eve", "+News"},
                                   state::ProfileEdit{EditKind::kCampaigns, Instant{6}, "eve", "+Spring"}));
}

TEST_F(EditsOfNames, ACommandThatChangesNothingLeavesNone) {
  EXPECT_FALSE(Apply(codec::UpdateProfile{{{"city", "Bern"}, {"age", "12"}, {"Phone", "1"}}, {"fax"}}, 2));
  EXPECT_FALSE(Apply(codec::EditTags{{"vip"}, {"cold"}}, 3));
  EXPECT_FALSE(Apply(codec::EditTags{{"new"}, {"new"}}, 4));
  EXPECT_FALSE(Apply(codec::EditLists{{}, {"news"}}, 5));
  EXPECT_TRUE(Apply(codec::UpdateProfile{{{"age", "old"}, {"city", "Basel"}}, {}}, 6)) << "is refused";
  EXPECT_THAT(edits(), IsEmpty());
}

class ConsentLedger : public AppliedCommands {
 protected:
  // Adds an attribute that leaves room for `bytes` bytes.
  void LeaveRoom(size_t bytes) {
    const std::string text(state::kMaxProfileBytes - state::ProfileBytes(profile_) - 1 - bytes, 'x');
    profile_.attributes["k"] = {text, text};
  }
  std::vector<std::string> Versions() const {
    std::vector<std::string> versions;
    for (const state::ConsentEntry& entry : profile_.extras->consent_ledger) versions.push_back(entry.version);
    return versions;
  }
};

TEST_F(ConsentLedger, KeepsEachConsentAsItWasSent) {
  EXPECT_FALSE(Apply(codec::RecordConsent{"News", true, "a form", "v1"}, 5));
  EXPECT_FALSE(Apply(codec::RecordConsent{"NEWS", false, "by phone", "", Instant{3}}, 6));
  const std::vector<state::ConsentEntry> expected{{{"News", true, "a form", Instant{5}}, "eve", "v1", Instant{5}},
                                                  {{"NEWS", false, "by phone", Instant{3}}, "eve", "", Instant{6}}};
  EXPECT_EQ(profile_.extras->consent_ledger, expected);
  EXPECT_EQ(profile_.extras->consents.at("news"), (state::Consent{"News", true, "a form", Instant{5}}));
}

TEST_F(ConsentLedger, TheLatestWasGivenLastAndOfEqualOnesIsAWithdrawal) {
  const auto latest = [this] { return profile_.extras->consents.at("news"); };
  EXPECT_FALSE(Apply(codec::RecordConsent{"News", true, "1", "", Instant{4}}, 9));
  EXPECT_FALSE(Apply(codec::RecordConsent{"NEWS", false, "2", "", Instant{4}}, 9));
  EXPECT_EQ(latest(), (state::Consent{"News", false, "2", Instant{4}}));
  EXPECT_FALSE(Apply(codec::RecordConsent{"news", true, "3", "", Instant{4}}, 9));
  EXPECT_FALSE(Apply(codec::RecordConsent{"news", true, "4", "", Instant{3}}, 9));
  EXPECT_EQ(latest().source, "2");
  EXPECT_FALSE(Apply(codec::RecordConsent{"news", false, "5", "", Instant{4}}, 9));
  EXPECT_EQ(latest().source, "5");
  EXPECT_FALSE(Apply(codec::RecordConsent{"news", true, "6", ""}, 9));
  EXPECT_EQ(latest(), (state::Consent{"News", true, "6", Instant{9}}));
  // The latest of a purpose stays, however many of earlier times come after it.
  for (int i = 0; i < 150; ++i) EXPECT_FALSE(Apply(codec::RecordConsent{"news", false, "", "", Instant{1}}, 9));
  EXPECT_EQ(profile_.extras->consent_ledger.front().consent.source, "6");
  EXPECT_EQ(latest().source, "6");
}

TEST_F(ConsentLedger, SeveralActionsAreJudgedByTheirOutcomeAndAppliedAllOrNone) {
  const std::string list(500, 'l');
  profile_.extras.Get().lists.Add(list);
  LeaveRoom(0);
  codec::Actions actions = codec::EditTags{{std::string(400, 't')}, {}};
  EXPECT_TRUE(Apply(actions, 1));
  actions.Add(codec::EditLists{{}, {list}});
  EXPECT_FALSE(Apply(actions, 2));
  const state::Profile before = profile_;
  codec::Actions refused = codec::EditTags{{std::string(400, 'u')}, {}};
  refused.Add(codec::AddNote{"not added"});
  const auto rejection = Apply(refused, 3);
  ASSERT_TRUE(rejection);
  EXPECT_EQ(rejection->reason, codec::Reason::kLeadTooLarge);
  EXPECT_EQ(profile_, before);
}

TEST_F(ConsentLedger, KeepsTheNewest100AndTheLatestOfEachPurpose) {
  EXPECT_FALSE(Apply(codec::RecordConsent{"sms", true, "", "once"}));
  for (int i = 1; i <= 150; ++i) EXPECT_FALSE(Apply(codec::RecordConsent{"news", true, "", std::to_string(i)}));
  const std::vector<std::string> versions = Versions();
  ASSERT_THAT(versions, SizeIs(101));
  EXPECT_EQ(versions[0], "once");
  EXPECT_EQ(versions[1], "51");
  EXPECT_EQ(versions.back(), "150");
}

TEST_F(ConsentLedger, OlderConsentsGiveWayBeforeACommandIsRefused) {
  for (const char* version : {"a", "b", "c"}) {
    EXPECT_FALSE(Apply(codec::RecordConsent{"news", true, std::string(100, 's'), version}));
  }
  LeaveRoom(50);
  EXPECT_FALSE(Apply(codec::EditTags{{std::string(100, 't')}, {}}));
  EXPECT_EQ(Versions(), (std::vector<std::string>{"b", "c"}));
  const state::Profile before = profile_;
  EXPECT_TRUE(Apply(codec::EditTags{{std::string(1000, 'u')}, {}}));
  EXPECT_EQ(profile_, before);
  EXPECT_TRUE(Apply(codec::RecordConsent{"news", true, std::string(1000, 's'), "d"}));
  EXPECT_EQ(profile_, before);
}

TEST_F(ConsentLedger, AWithdrawalIsNeverRefusedForSizeNorWhatMakesTheLeadSmaller) {
  EXPECT_FALSE(Apply(codec::RecordConsent{"news", true, "", ""}));
  LeaveRoom(10);
  EXPECT_FALSE(Apply(codec::RecordConsent{"news", false, std::string(1000, 's'), ""}));
  EXPECT_FALSE(profile_.extras->consents.at("news").granted);
  EXPECT_GT(state::ProfileBytes(profile_), state::kMaxProfileBytes);
  EXPECT_TRUE(Apply(codec::EditTags{{"t"}, {}}));
  EXPECT_FALSE(Apply(codec::UpdateProfile{{{"k", std::string(state::kMaxProfileBytes - 900, 'y')}}, {}}));
}

}  // namespace leadpulse::engine::apply_command_test
