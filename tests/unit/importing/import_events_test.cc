// Rows of a log or of opt-outs as events: the records of each, and rows that are skipped or wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <variant>
#include <vector>

#include "processor/importing/importer.h"
#include "processor/importing/synonyms.h"
#include "tests/unit/importing/imported_rows.h"

namespace leadpulse::importing::import_events_test {

using ::testing::HasSubstr;

TEST(ImportOptOuts, WriteEventsOnly) {
  ImportOptions options = Contacts();
  options.mode = Mode::kOptOuts;
  options.opt_out = EventType::kBounce;
  options.time_column = "when";
  const Imported imported =
      Import("Mail,Company,when\nA@x.org,X,2026-01-05T10:00:00Z\nb@x.org,,\nc@x.org,,05.01.2026\n", options);
  ASSERT_EQ(imported.records.size(), 2U);
  const auto& first = std::get<codec::Event>(imported.records[0]);
  EXPECT_EQ(first.key, (LeadKey{"acme", "a@x.org"}));
  EXPECT_EQ(first.type, EventType::kBounce);
  EXPECT_EQ(first.bounce_kind, BounceKind::kHard);
  EXPECT_EQ(FormatRfc3339(first.occurred_at), "2026-01-05T10:00:00Z");
  EXPECT_TRUE(first.backfill);
  EXPECT_EQ(first.event_id, "import-c74672664c05b6196d4e8ecc0d8cf401");
  EXPECT_EQ(std::get<codec::Event>(imported.records[1]).occurred_at, options.issued_at);
  EXPECT_THAT(imported.wrong, ::testing::ElementsAre(HasSubstr("when: \"05.01.2026\" has no time zone")));
}

TEST(ImportEvents, HaveTheIdAndTheAddressOfTheRow) {
  for (const Mode mode : {Mode::kEvents, Mode::kOptOuts}) {
    ImportOptions options = Contacts();
    options.mode = mode;
    options.lead_id_column = "Id";
    const Imported imported = Import(
        "Id,Email,Event,Timestamp\nL-1, Ann <A@X.org>,unsubscribe,2026-01-05T10:00:00Z\n"
        "L-2,,unsubscribe,2026-01-05T10:00:00Z\n",
        options);
    ASSERT_EQ(imported.records.size(), 2U);
    const auto& both = std::get<codec::Event>(imported.records[0]);
    EXPECT_EQ(both.key.lead, "L-1");
    EXPECT_EQ(both.address, "a@x.org");
    EXPECT_FALSE(both.by_address);
    EXPECT_EQ(std::get<codec::Event>(imported.records[1]).address, "");
  }
}

TEST(ImportEvents, ReadALog) {
  ImportOptions options = Events();
  const Imported imported = Import(
      "Email,Event,Timestamp,Campaign,Message ID,URL,Event ID,Bounce Type,Total\n"
      "A@x.org,Email Clicked,2026-01-05 10:00:00Z,spring,m-1,https://x.org/p,e-1,,\n"
      "a@x.org,bounced,1767607200,,,,,Transient,\n"
      "a@x.org,custom,2026-01-05T10:00:00Z,,,,,,12\n"
      "a@x.org,danced,2026-01-05T10:00:00Z,,,,,,\n"
      "a@x.org,open,,,,,,,\n"
      "a@x.org,open,1999-01-05T10:00:00Z,,,,,,\n"
      "a@x.org,open,2030-01-05T10:00:00Z,,,,,,\n"
      "a@x.org,bounce,2026-01-05T10:00:00Z,,,,,odd,\n",
      options);
  ASSERT_EQ(imported.records.size(), 3U);
  const auto& click = std::get<codec::Event>(imported.records[0]);
  EXPECT_EQ(click.type, EventType::kClick);
  EXPECT_EQ(click.event_id, "e-1");
  EXPECT_EQ(click.campaign_id + click.message_id, "springm-1");
  EXPECT_EQ(click.name, "https://x.org/p");
  EXPECT_EQ(click.url, "https://x.org/p");
  const auto& bounce = std::get<codec::Event>(imported.records[1]);
  EXPECT_EQ(bounce.bounce_kind, BounceKind::kSoft);
  EXPECT_THAT(bounce.event_id, ::testing::StartsWith("import-"));
  EXPECT_EQ(std::get<codec::Event>(imported.records[2]).properties, (codec::NamedValues{{"total", Value("12")}}));
  ASSERT_EQ(imported.wrong.size(), 5U);
  EXPECT_THAT(imported.wrong[0], HasSubstr("Event: \"danced\" is no known type of event"));
  EXPECT_THAT(imported.wrong[1], HasSubstr("Timestamp: \"\" is no time"));
  EXPECT_THAT(imported.wrong[2], HasSubstr("before 2000-01-01T00:00:00Z"));
  EXPECT_THAT(imported.wrong[3], HasSubstr("too far ahead"));
  EXPECT_THAT(imported.wrong[4], HasSubstr("Bounce Type: \"odd\" is neither hard nor soft"));
}

// SendGrid's webhook as a table, and an event of Segment.
TEST(ImportEvents, BesideAnEventTheTypeIsThatOfABounce) {
  const auto kinds_of = [](const char* file) {
    std::string kinds;
    const Imported imported = Import(file, Events());
    for (const codec::Record& record : imported.records) {
      const auto& event = std::get<codec::Event>(record);
      const bool is_bounce = event.type == EventType::kBounce;
      kinds += Concat(
          {EventTypeName(event.type), is_bounce ? " " : "", is_bounce ? BounceKindName(event.bounce_kind) : "", ", "});
    }
    return kinds + testing::PrintToString(imported.wrong.size());
  };
  EXPECT_EQ(kinds_of("email,event,type,timestamp\na@x.org,bounce,bounce,1767607200\nb@x.org,bounce,blocked,1767607200\n"
                     "c@x.org,open,,1767607200\n"),
            "bounce hard, bounce soft, open, 0");
  EXPECT_EQ(kinds_of("type,event,email,timestamp\ntrack,Email Opened,a@x.org,1767607200\n"
                     "track,Email Bounced,a@x.org,1767607200\n"),
            "open, bounce hard, 0");
  // The other way round needs its option, and says so.
  EXPECT_EQ(kinds_of("type,event,email,timestamp\nopen,Webinar,a@x.org,1767607200\n"), "1");
}

TEST(ImportEvents, ATemporaryFaultIsASoftBounceOrNoEvent) {
  for (const char* word : {"Transient", "Undetermined", "DnsError", "Failed (temporary)", "Undelivered (transient)",
                           "temp_fail", "Transient bounce", "soft bounced"}) {
    EXPECT_EQ(TypeFromName(word).type, EventType::kBounce) << word;
    EXPECT_EQ(TypeFromName(word).bounce, BounceKind::kSoft) << word;
  }
  for (const char* word : {"Delayed", "email.delivery_delayed", "DeliveryDelay", "delay", "Deferred", "Queued",
                           "Accepted", "Blocked", "Unbounce", "policy_rejection", "initial_open", "MTA_DROPPED"}) {
    EXPECT_TRUE(TypeFromName(word).no_engagement) << word;
  }
  for (const char* word : {"blocked", "Undetermined", "Transient", "DnsError", "SoftBounce"}) {
    const Imported imported =
        Import(Concat({"email,event,time,bounce type\na@x.org,bounce,1767607200,", word, "\n"}), Events());
    ASSERT_EQ(imported.records.size(), 1U) << word;
    EXPECT_EQ(std::get<codec::Event>(imported.records[0]).bounce_kind, BounceKind::kSoft) << word;
  }
}

TEST(ImportEvents, WhatIsNoEngagementIsSkippedAndNotWrong) {
  ImportOptions options = Events();
  options.values = {{"Event", "form filled", ""}};
  const Imported imported = Import(
      "Email,Event,Time\n"
      "a@x.org,Deferred,2026-01-05T10:00:00Z\n"
      "a@x.org,form filled,\n"
      "a@x.org,open,2026-01-05T10:00:00Z\n"
      "a@x.org,,2026-01-05T10:00:00Z\n"
      "nobody,dropped,2026-01-05T10:00:00Z\n",
      options);
  EXPECT_EQ(imported.records.size(), 1U);
  EXPECT_THAT(imported.skipped, ::testing::ElementsAre("Deferred: no engagement", "form filled: no engagement"));
  EXPECT_THAT(imported.wrong,
              ::testing::ElementsAre(HasSubstr("\"\" is no known type"), HasSubstr("no e-mail address")));
}

TEST(ImportEvents, EveryWordAgainstMailIsOne) {
  for (const auto& [type, words] : std::vector<std::pair<EventType, std::vector<const char*>>>{
           {EventType::kBounce,
            {"Bounced (hard)", "hardBounces", "Bounces", "permanent_failure", "message.bounced", "Invalid email",
             "Cleaned"}},
           {EventType::kUnsubscribe,
            {"Unsubscribed from Email Marketing", "unsubscribes", "list_unsubscribe", "global_unsubscribe",
             "Blacklisted", "Abgemeldet", "D\u00e9sinscrit"}},
           {EventType::kComplaint,
            {"Marked Email as Spam", "spamReports", "Complaints", "Reported as spam", "Abuse Report"}}}) {
    for (const char* word : words) {
      const Imported imported =
          Import(std::string("email,event,time\na@x.org,") + word + ",2026-01-05T10:00:00Z\n", Events());
      ASSERT_EQ(imported.records.size(), 1U) << word;
      EXPECT_EQ(std::get<codec::Event>(imported.records[0]).type, type) << word;
    }
  }
  const Imported soft = Import(
      "email,event,time\na@x.org,Bounced (soft),2026-01-05T10:00:00Z\n"
      "a@x.org,Resubscribed,2026-01-05T10:00:00Z\na@x.org,Not spam,2026-01-05T10:00:00Z\n",
      Events());
  ASSERT_EQ(soft.records.size(), 2U);
  EXPECT_EQ(std::get<codec::Event>(soft.records[0]).bounce_kind, BounceKind::kSoft);
  EXPECT_EQ(std::get<codec::Event>(soft.records[1]).type, EventType::kResubscribe);
}

TEST(ImportEvents, TheReasonMayStandInAColumnOfAnotherName) {
  for (const char* name : {"drop_reason", "Description", "error", "diagnostic", "SMTP response"}) {
    const Imported imported = Import(std::string("email,event,time,") + name +
                                         "\na@x.org,DROPPED,2026-01-05T10:00:00Z,PREVIOUSLY_UNSUBSCRIBED_MESSAGE\n"
                                         "a@x.org,bounce,2026-01-05T10:00:00Z,552 5.2.2 mailbox full\n",
                                     Events());
    ASSERT_EQ(imported.records.size(), 2U) << name;
    EXPECT_EQ(std::get<codec::Event>(imported.records[0]).type, EventType::kUnsubscribe) << name;
    EXPECT_EQ(std::get<codec::Event>(imported.records[1]).bounce_kind, BounceKind::kSoft) << name;
  }
}

// Only in a column of reasons.
TEST(ImportEvents, AWordOfASoftBounceMayBeAboutTheMail) {
  const auto kind_of = [](const std::string& name, const std::string& cell) {
    const Imported imported =
        Import("email,event,time," + name + "\na@x.org,bounce,2026-01-05T10:00:00Z," + cell + "\n", Events());
    return imported.records.size() == 1 ? std::get<codec::Event>(imported.records[0]).bounce_kind
                                        : BounceKind::kUnspecified;
  };
  EXPECT_EQ(kind_of("bounce_reason", "blocked by policy"), BounceKind::kSoft);
  EXPECT_NE(kind_of("description", "Your insurance policy"), BounceKind::kSoft);
  EXPECT_EQ(kind_of("description", "550 5.7.1 blocked by policy"), BounceKind::kSoft);
  EXPECT_EQ(kind_of("status", "4.2.2"), BounceKind::kSoft);
}

TEST(ImportEvents, TheSeverityOfAFailureMayBeTemporary) {
  const Imported imported = Import(
      "email,event,time,severity\na@x.org,failed,2026-01-05T10:00:00Z,temporary\n"
      "b@x.org,failed,2026-01-05T10:00:00Z,permanent\nc@x.org,bounce,2026-01-05T10:00:00Z,critical\n",
      Events());
  ASSERT_EQ(imported.records.size(), 3U);
  EXPECT_EQ(std::get<codec::Event>(imported.records[0]).bounce_kind, BounceKind::kSoft);
  EXPECT_NE(std::get<codec::Event>(imported.records[1]).bounce_kind, BounceKind::kSoft);
  EXPECT_NE(std::get<codec::Event>(imported.records[2]).bounce_kind, BounceKind::kSoft);
}

TEST(ImportEvents, AnOptOutOfAWrongTimeCountsAtTheFilesTime) {
  ImportOptions list = Contacts();
  list.mode = Mode::kOptOuts;
  for (const ImportOptions& options : {Events(), list}) {
    for (const char* time : {"1999-01-01T00:00:00Z", "2036-01-01T00:00:00Z", "0000-00-00 00:00:00", ""}) {
      const Imported imported = Import(std::string("email,event,time\na@x.org,unsubscribe,") + time + "\n", options);
      ASSERT_EQ(imported.records.size(), 1U) << time;
      EXPECT_EQ(std::get<codec::Event>(imported.records[0]).occurred_at, options.issued_at) << time;
    }
  }
  EXPECT_EQ(Import("email,event,time\na@x.org,open,soon\n", Events()).wrong.size(), 1U);
}

TEST(ImportEvents, WhatAMachineDidIsRead) {
  for (const char* name : {"sg_machine_open", "is_bot_click", "bot", "prefetched", "Apple Privacy Open"}) {
    const Imported imported =
        Import(std::string("email,event,time,") + name + "\na@x.org,open,2026-01-05T10:00:00Z,true\n", Events());
    ASSERT_EQ(imported.records.size(), 1U) << name;
    EXPECT_TRUE(std::get<codec::Event>(imported.records[0]).machine) << name;
  }
  const Imported proxy = Import("email,event,time\na@x.org,Loaded by proxy,2026-01-05T10:00:00Z\n", Events());
  ASSERT_EQ(proxy.records.size(), 1U);
  EXPECT_TRUE(std::get<codec::Event>(proxy.records[0]).machine);
}

TEST(ImportEvents, TypesAndBouncesAreReadAsSaid) {
  ImportOptions options = Events();
  options.map = {{"why", "bounce"}};
  options.values = {{"Event", "gone", "erase"}, {"Event", "read", "open"}, {"why", "1", "soft"}, {"why", "2", "hard"}};
  const Imported imported = Import(
      "Email,Event,Time,Why\n"
      "a@x.org,gone,2026-01-05T10:00:00Z,\n"
      "a@x.org,read,2026-01-05T10:00:00Z,\n"
      "a@x.org,bounce,2026-01-05T10:00:00Z,1\n"
      "a@x.org,bounce,2026-01-05T10:00:00Z,2\n"
      "a@x.org,bounce,2026-01-05T10:00:00Z,3\n"
      "a@x.org,erase,2026-01-05T10:00:00Z,\n",
      options);
  ASSERT_EQ(imported.records.size(), 4U);
  const auto& erasure = std::get<codec::Command>(imported.records[0]);
  EXPECT_TRUE(erasure.actions.Find<codec::Erase>() != nullptr);
  EXPECT_EQ(FormatRfc3339(erasure.issued_at), "2026-01-05T10:00:00Z");
  // A recorded id, as above.
  EXPECT_EQ(erasure.command_id, "import-fb92b7944699350577636b6b461cb5c8");
  EXPECT_EQ(std::get<codec::Event>(imported.records[1]).type, EventType::kOpen);
  EXPECT_EQ(std::get<codec::Event>(imported.records[2]).bounce_kind, BounceKind::kSoft);
  EXPECT_EQ(std::get<codec::Event>(imported.records[3]).bounce_kind, BounceKind::kHard);
  // A cell alone never erases a lead.
  EXPECT_THAT(imported.wrong,
              ::testing::ElementsAre(HasSubstr("neither hard nor soft"), HasSubstr("\"erase\" is no known type")));
}

TEST(ImportEvents, WhatMailsAreReadWithTellsMachines) {
  ImportOptions options = Events();
  const Imported imported = Import(
      "Email,Event,Time,User Agent,Is Bot\n"
      "a@x.org,click,2026-01-05T10:00:00Z,Barracuda Sentinel (EE),\n"
      "a@x.org,click,2026-01-05T10:00:01Z,Barracuda Sentinel (EE),no\n"
      "a@x.org,click,2026-01-05T10:00:02Z,Mozilla/5.0,\n"
      "a@x.org,unsubscribe,2026-01-05T10:00:03Z,Barracuda Sentinel (EE),\n"
      "a@x.org,reply,2026-01-05T10:00:04Z,Mozilla/5.0,yes\n",
      options);
  std::vector<bool> machines;
  for (const codec::Record& record : imported.records) machines.push_back(std::get<codec::Event>(record).machine);
  EXPECT_EQ(machines, (std::vector<bool>{true, false, false, false, true}));
  EXPECT_EQ(std::get<codec::Event>(imported.records[2]).properties,
            (codec::NamedValues{{"user_agent", Value("Mozilla/5.0")}}));
}

TEST(ImportEvents, TheFirstCategoryIsTheCampaignWhereNoOtherColumnNamesOne) {
  ImportOptions options = Events();
  options.map = {{"labels", "categories"}};
  const Imported imported = Import(
      "Email,Event,Time,Campaign,Labels\n"
      "a@x.org,open,1767607200,,\"[\"\"spring, late\"\",\"\"b\"\"]\"\n"
      "a@x.org,open,1767607201,c-1,spring\n"
      "a@x.org,open,1767607202,,\"shop, spring\"\n"
      "a@x.org,open,1767607203,,\"[shop, spring]\"\n"
      "a@x.org,open,1767607204,,[]\n",
      options);
  std::vector<std::string> campaigns;
  for (const codec::Record& record : imported.records) campaigns.push_back(std::get<codec::Event>(record).campaign_id);
  EXPECT_THAT(campaigns, ::testing::ElementsAre("spring, late", "c-1", "shop", "shop", ""));
}

// Returns the type of each event and its topic: `unsubscribe news`.
std::vector<std::string> WishesOf(const Imported& imported) {
  std::vector<std::string> wishes;
  for (const codec::Record& record : imported.records) {
    const auto& event = std::get<codec::Event>(record);
    wishes.push_back(std::string(EventTypeName(event.type)) + (event.topic.empty() ? "" : " " + event.topic));
  }
  return wishes;
}

ImportOptions With(Mode mode) {
  ImportOptions options = Contacts();
  options.mode = mode;
  return options;
}

TEST(ImportOptOuts, AreOfTheTopicsThatTheRowNames) {
  const Imported imported = Import(
      "Email,List\na@x.org,News\nb@x.org,\nc@x.org,news; shop\nd@x.org,*\ne@x.org,\"news,*\"\nf@x.org,0\n"
      "g@x.org," +
          std::string(129, 'n') + "\n",
      With(Mode::kOptOuts));
  EXPECT_THAT(WishesOf(imported),
              ::testing::ElementsAre("unsubscribe News", "unsubscribe", "unsubscribe news", "unsubscribe shop",
                                     "unsubscribe", "unsubscribe", "unsubscribe", "unsubscribe"));
  const std::vector<std::string> ids = IdsOf(imported);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
}

TEST(ImportOptOuts, WithoutATopicKeepTheirIds) {
  const Imported before = Import("Email\na@x.org\n", With(Mode::kOptOuts));
  EXPECT_EQ(IdsOf(Import("Email,Topic\na@x.org,\n", With(Mode::kOptOuts))), IdsOf(before));
  EXPECT_NE(IdsOf(Import("Email,Topic\na@x.org,news\n", With(Mode::kOptOuts))), IdsOf(before));
}

// A file of all contacts was taken for one of opt-outs.
TEST(ImportOptOuts, ARowThatDeniesItIsSkippedAndWhatItSaysIsTaken) {
  ImportOptions options = With(Mode::kOptOuts);
  const char* list =
      "Email,IsUnsubscribed,Bounced\na@x.org,true,no\nb@x.org,False,yes\nc@x.org,,no\nd@x.org,2026,\n"
      "e@x.org,no,no\n";
  const auto types_of = [](const Imported& imported) {
    std::string types;
    for (const codec::Record& record : imported.records) {
      const auto& event = std::get<codec::Event>(record);
      types += Concat({event.key.lead.substr(0, 1), " ", EventTypeName(event.type), ", "});
    }
    return types;
  };
  EXPECT_EQ(types_of(Import(list, options)), "a unsubscribe, b bounce, c unsubscribe, d unsubscribe, ");
  EXPECT_THAT(Import(list, options).skipped, ::testing::ElementsAre("IsUnsubscribed: no gets mail"));
  options.map = {{"IsUnsubscribed", ""}};
  EXPECT_EQ(Import(list, options).records.size(), 6U);
  options = With(Mode::kOptOuts);
  options.opt_out = EventType::kBounce;
  EXPECT_EQ(types_of(Import(list, options)), "a unsubscribe, b bounce, d unsubscribe, d bounce, ");
  // A row without soft bounces does not deny its hard ones.
  EXPECT_EQ(Import("Email,Hard bounces,Soft bounces\na@x.org,1,0\n", options).records.size(), 1U);
  // A subscriber is no opt-out; an active customer may be one.
  EXPECT_EQ(
      types_of(Import("Email,Status\na@x.org,Subscribed\nb@x.org,active\nc@x.org,cleaned\n", With(Mode::kOptOuts))),
      "b unsubscribe, c unsubscribe, c bounce, ");
}

// The second would be a duplicate of the first, and its address would stay sendable.
TEST(ImportOptOuts, EachAddressOfOneLeadHasItsOwn) {
  ImportOptions options = With(Mode::kOptOuts);
  options.lead_id_column = "Id";
  const std::vector<std::string> first = IdsOf(Import("Id,Email\nL-1,a@x.org\n", options));
  const std::vector<std::string> ids =
      IdsOf(Import("Id,Email\nL-1,A@x.org\nL-1,b@x.org\nL-1,a@x.org\nL-1,c@x.org\nL-1,\nL-2,b@x.org\n", options));
  ASSERT_EQ(ids.size(), 6U);
  EXPECT_EQ(ids[0], first[0]);
  EXPECT_EQ(ids[2], first[0]);
  EXPECT_EQ(ids[4], first[0]);  // names no address
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 4U);
  // With times or topics, events differ without their addresses.
  const std::vector<std::string> news = IdsOf(Import("Id,Email,Topic\nL-1,b@x.org,news\n", options));
  EXPECT_EQ(IdsOf(Import("Id,Email,Topic\nL-1,a@x.org,\nL-1,b@x.org,news\n", options)).back(), news[0]);
}

TEST(ImportOptOuts, OnlyAnUnsubscribeHasATopic) {
  ImportOptions options = With(Mode::kOptOuts);
  options.opt_out = EventType::kComplaint;
  EXPECT_THAT(WishesOf(Import("Email,List\na@x.org,a;b\n", options)), ::testing::ElementsAre("complaint"));
}

TEST(ImportEvents, TheEndOfAnOptOutNamesItsTopic) {
  const Imported imported = Import(
      "Email,Event,Time,Topic\n"
      "a@x.org,unsubscribe,1767607200,news\n"
      "a@x.org,unsubscribe,1767607201,\n"
      "a@x.org,resubscribe,1767607202,news\n"
      "a@x.org,resubscribe,1767607203,\n"
      "a@x.org,resubscribe,1767607204,*\n"
      "a@x.org,open,1767607205,news\n",
      With(Mode::kEvents));
  EXPECT_THAT(WishesOf(imported),
              ::testing::ElementsAre("unsubscribe news", "unsubscribe", "resubscribe news", "open"));
  EXPECT_THAT(imported.skipped, ::testing::ElementsAre("resubscribe (of no group): no engagement",
                                                       "resubscribe (of no group): no engagement"));
  EXPECT_THAT(imported.wrong, ::testing::IsEmpty());
}

TEST(ImportEvents, AGroupThatIsNotNamedIsEverythingForAnOptOutOnly) {
  const Imported imported = Import(
      "Email,Event,Time\na@x.org,group_unsubscribe,1767607200\na@x.org,group_resubscribe,1767607201\n"
      "a@x.org,resubscribe,1767607202\n",
      With(Mode::kEvents));
  EXPECT_THAT(WishesOf(imported), ::testing::ElementsAre("unsubscribe", "resubscribe"));
  EXPECT_THAT(imported.skipped, ::testing::ElementsAre("group_resubscribe (of no group): no engagement"));
}

// Every row has the mail's group.
TEST(ImportEvents, OnlyTwoOfSendGridsAreOfAGroup) {
  const Imported imported = Import(
      "processed,message_id,event,email,asm_group_id\n"
      "2026-02-28 12:41:31.000,m,unsubscribe,a@x.org,10\n"
      "2026-02-28 12:41:32.000,m,group_unsubscribe,a@x.org,10\n"
      "2026-02-28 12:41:33.000,m,group_unsubscribe,a@x.org,\n"
      "2026-02-28 12:41:34.000,m,group_resubscribe,a@x.org,10\n"
      "2026-02-28 12:41:35.000,m,group_resubscribe,a@x.org,\n"
      "2026-02-28 12:41:36.000,m,open,a@x.org,10\n",
      With(Mode::kEvents));
  EXPECT_THAT(WishesOf(imported),
              ::testing::ElementsAre("unsubscribe", "unsubscribe 10", "unsubscribe", "resubscribe 10", "open"));
  EXPECT_EQ(std::get<codec::Event>(imported.records[4]).properties,
            (codec::NamedValues{{"asm_group_id", Value("10")}}));
}

// The id of a row of the activity, as before topics existed.
TEST(ImportEvents, ATopicInALogChangesNoId) {
  ImportOptions property = With(Mode::kEvents);
  const std::string row = "\na@x.org,unsubscribe,1767607200,news\n";
  const Imported topic = Import("Email,Event,Time,Topic" + row, property);
  auto event = std::get<codec::Event>(topic.records[0]);
  EXPECT_EQ(event.topic, "news");
  EXPECT_EQ(event.properties, (codec::NamedValues{{"topic", Value("news")}}));
  EXPECT_EQ(event.event_id, "import-a1354dbc94c278a481b8591179a66bee");
}

TEST(ImportEvents, TypesHaveManyNames) {
  const struct {
    const char* name;
    EventType type;
    BounceKind bounce = BounceKind::kUnspecified;
  } cases[] = {
      {"Open", EventType::kOpen},
      {"opened", EventType::kOpen},
      {"email_open", EventType::kOpen},
      {"Open Email", EventType::kOpen},
      {"EMAIL_DELIVERED", EventType::kDelivered},
      {"Hard Bounce", EventType::kBounce, BounceKind::kHard},
      {"Email Bounced Soft", EventType::kBounce, BounceKind::kSoft},
      {"Unsubscribe Email", EventType::kUnsubscribe},
      {"spam report", EventType::kComplaint},
      {"PAGE_VISIT", EventType::kPageVisit},
      {"resubscribed", EventType::kResubscribe},
      {"Mail opened", EventType::kOpen},
      {"message.clicked", EventType::kClick},
      {"amp_click", EventType::kClick},
      {"Received Email", EventType::kDelivered},
      {"out_of_band", EventType::kBounce},
      {"processed", EventType::kSent},
      {"group_unsubscribe", EventType::kUnsubscribe},
      {"subscribed", EventType::kUnspecified},
      {"", EventType::kUnspecified},
      {"email", EventType::kUnspecified},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(TypeFromName(each.name).type, each.type) << each.name;
    EXPECT_EQ(TypeFromName(each.name).bounce, each.bounce) << each.name;
  }
}

}  // namespace leadpulse::importing::import_events_test
