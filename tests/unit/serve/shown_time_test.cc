// Times as pages show them.
#include "processor/serve/pages/shown_time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "processor/serve/pages/lead_cells.h"
#include "schemas/codec/protobuf_change.h"

namespace leadpulse::serve::shown_time_test {

using ::testing::HasSubstr;

// Makes times as seen in Berlin: at 12:00 on Thursday 12 March 2026, unless another instant is given.
ShownTimes InBerlin(const char* now = "2026-03-12T11:00:00Z") {
  return {*Calendar::Load("Europe/Berlin"), *ParseRfc3339(now)};
}

std::string TextOf(const char* at, const ShownTimes& times = InBerlin()) { return times.TextOf(*ParseRfc3339(at)); }

TEST(ShownTimes, CloseTimesSayHowFarAwayTheyAre) {
  EXPECT_EQ(TextOf("2026-03-12T11:00:00Z"), "today 12:00");
  EXPECT_EQ(TextOf("2026-03-12T08:05:59Z"), "today 09:05");
  EXPECT_EQ(TextOf("2026-03-11T23:00:00Z"), "today 00:00");
  EXPECT_EQ(TextOf("2026-03-11T22:59:59Z"), "yesterday 23:59");
  EXPECT_EQ(TextOf("2026-03-12T23:00:00Z"), "tomorrow 00:00");
  EXPECT_EQ(TextOf("2026-03-10T11:00:00Z"), "2 days ago");
  EXPECT_EQ(TextOf("2026-03-06T11:00:00Z"), "6 days ago");
  EXPECT_EQ(TextOf("2026-03-14T11:00:00Z"), "in 2 days");
  EXPECT_EQ(TextOf("2026-03-18T11:00:00Z"), "in 6 days");
}

TEST(ShownTimes, OthersAreDates) {
  EXPECT_EQ(TextOf("2026-03-05T11:00:00Z"), "5 Mar");
  EXPECT_EQ(TextOf("2026-03-19T11:00:00Z"), "19 Mar");
  EXPECT_EQ(TextOf("2025-12-31T22:59:00Z"), "31 Dec 2025");
  EXPECT_EQ(TextOf("2025-12-31T23:00:00Z"), "1 Jan");  // in Berlin it is 2026
  EXPECT_EQ(TextOf("9999-12-30T00:00:00Z"), "30 Dec 9999");
  EXPECT_EQ(TextOf("0001-01-02T00:00:00Z"), "2 Jan 1");
  EXPECT_EQ(TextOf("2025-12-31T11:00:00Z", InBerlin("2026-01-01T11:00:00Z")), "yesterday 12:00");
}

TEST(ShownTimes, TheWholeInstantNamesTheZone) {
  const ShownTimes berlin = InBerlin();
  EXPECT_EQ(berlin.FullTextOf(*ParseRfc3339("2026-03-12T08:05:59Z")), "Thursday 12 March 2026, 09:05 (Europe/Berlin)");
  EXPECT_EQ(berlin.FullTextOf(*ParseRfc3339("2026-07-05T22:30:00Z")), "Monday 6 July 2026, 00:30 (Europe/Berlin)");
  const ShownTimes utc{Calendar(), Instant{0}};
  EXPECT_EQ(utc.FullTextOf(Instant{-1}), "Wednesday 31 December 1969, 23:59 (UTC)");
}

TEST(ShownTimes, ClocksAreThoseOfTheZone) {
  const auto clock = [](const char* zone, const char* at) {
    return ShownTimes(*Calendar::Load(zone), Instant{0}).ClockTextOf(*ParseRfc3339(at));
  };
  EXPECT_EQ(clock("UTC", "1969-12-31T23:59:59.999Z"), "23:59");
  EXPECT_EQ(clock("Asia/Kathmandu", "2026-03-10T09:30:00Z"), "15:15");
  // The same clock time comes twice on the day of 25 hours, and 02:00 to 03:00 never on that of 23.
  EXPECT_EQ(clock("America/New_York", "2026-11-01T05:30:00Z"), "01:30");
  EXPECT_EQ(clock("America/New_York", "2026-11-01T06:30:00Z"), "01:30");
  EXPECT_EQ(clock("America/New_York", "2026-03-08T07:00:00Z"), "03:00");
}

TEST(ShownTimes, ADayHasNoTime) {
  const ShownTimes berlin = InBerlin();
  EXPECT_EQ(berlin.TextOf(*ParseDay("2026-03-12")), "today");
  EXPECT_EQ(berlin.TextOf(*ParseDay("2026-03-13")), "tomorrow");
  EXPECT_EQ(berlin.TextOf(*ParseDay("2026-03-09")), "3 days ago");
  EXPECT_EQ(berlin.TextOf(*ParseDay("1985-12-10")), "10 Dec 1985");
  EXPECT_EQ(ShownTimes::FullTextOf(*ParseDay("1985-12-10")), "Tuesday 10 December 1985");
}

TEST(ShownTimes, TheTemplateHasBoth) {
  const auto time = Json::Parse(R"("2026-03-12T08:05:59Z")");
  EXPECT_EQ(RenderPart("shown_time", InBerlin().Of(*time)),
            "<time datetime=\"2026-03-12T08:05:59Z\" title=\"Thursday 12 March 2026, 09:05 (Europe/Berlin)\">today "
            "09:05</time>");
  EXPECT_EQ(RenderPart("shown_time", InBerlin().OfDay("1985-12-10")),
            "<time datetime=\"1985-12-10\" title=\"Tuesday 10 December 1985\">10 Dec 1985</time>");
  EXPECT_EQ(RenderPart("shown_time", InBerlin().OfDay("soon")), "<time>soon</time>");
  EXPECT_TRUE(InBerlin().Of(Json()).is_false());
  EXPECT_TRUE(InBerlin().OfDay("").is_false());
}

// Returns the part of a card with the days in the stage: its text, what is read aloud, and its title.
std::string CardSince(const char* since) {
  v1::LeadRow contact;
  contact.mutable_lead()->set_lead_id("ann");
  contact.mutable_lead()->set_stage("new");
  if (since != nullptr) codec::SetTimestamp(*ParseRfc3339(since), contact.mutable_stage_since());
  PageData card = LeadCells(contact, ShownNumbers());
  AddStageSince(contact, InBerlin(), ShownNumbers(), &card);
  const std::string html = RenderPart("board_card", card);
  const size_t at = html.find("<span class=\"in-stage\"");
  return at == std::string::npos ? "" : html.substr(at, html.find("</span></span>", at) - at);
}

TEST(ShownTimes, ACardSaysHowLongTheLeadIsInItsStage) {
  EXPECT_EQ(CardSince("2026-03-09T11:00:00Z"),
            "<span class=\"in-stage\" title=\"In this stage since Monday 9 March 2026\"><span "
            "aria-hidden=\"true\">3 d</span><span class=\"hidden\">In this stage for 3 days");
  EXPECT_THAT(CardSince("2026-03-11T22:59:59Z"),
              HasSubstr(">1 d</span><span class=\"hidden\">In this stage for 1 day"));
  EXPECT_THAT(CardSince("2026-03-11T23:00:00Z"),
              HasSubstr(">today</span><span class=\"hidden\">In this stage since today"));
  EXPECT_THAT(CardSince("2026-03-12T23:00:00Z"), HasSubstr(">today<")) << "a clock of a run that is ahead";
  EXPECT_THAT(CardSince("2025-03-12T12:00:00Z"), HasSubstr(">365 d<"));
  EXPECT_EQ(CardSince(nullptr), "");
}

}  // namespace leadpulse::serve::shown_time_test
