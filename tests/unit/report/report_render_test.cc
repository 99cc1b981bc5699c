// The format of a report: widths, escapes, numbers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tools/leadpulse/terminal_text.h"
#include "tools/report/html_text.h"
#include "tools/report/render.h"
#include "tools/report/text_cells.h"
#include "tools/report/wording.h"

namespace leadpulse::report::report_render_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kHostile = "</title><script>alert('x')</script>\"&\n\x1b[31m\xE2\x80\xAE名前";

Report Example() {
  TenantReport tenant;
  tenant.tenant = "acme";
  tenant.leads = 1'234'567;
  tenant.stages[static_cast<size_t>(Stage::kNew)] = 1'234'560;
  tenant.stages[static_cast<size_t>(Stage::kConverted)] = 7;
  tenant.tiers = {{kHostile, 1'234'567}, {"cold", 0}};
  for (int i = 0; i < 70; ++i) tenant.segments.push_back({kHostile + std::to_string(i), kHostile, true, 5, {}});
  CampaignCounts counts;
  LeadInCampaign lead;
  lead[Measure::kMailed] = lead[Measure::kSent] = 3;
  lead[Measure::kOpenedAny] = 2;
  counts.Add(lead);
  for (int i = 0; i < 70; ++i) tenant.campaigns.push_back({kHostile + std::to_string(i), counts});
  tenant.all_mail = counts;
  tenant.scores = {1, -3, -3, -3, 1, {{std::nullopt, 0, 1}, {0, 5, 0}, {5, std::nullopt, 0}}};
  tenant.folded.leads = 2;
  tenant.folded.events[static_cast<size_t>(EventType::kOpen)] = 1'500;
  History history;
  history.tiers = {{kHostile, "cold"}, {0, 0}, "day", {{{20'000}, {20'000}, {3, -1}}}};
  history.stages.moves[1][2] = 4;
  history.stages.entered[2] = 4;
  tenant.history = history;
  Report report;
  report.at = Instant{1'773'135'000'000};
  report.clock = report.at;
  report.tenants = {tenant};
  report.other_tenants = 3;
  report.other_leads = 12;
  return report;
}

TEST(ReportTextTest, FitsATerminalWhateverTheNames) {
  const std::string text = ReportText(Example());
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(tools::DisplayWidth(line), kTextColumns) << line;
    EXPECT_EQ(line.find('\x1b'), line.npos) << line;
  }
  EXPECT_THAT(text, HasSubstr("    new               "));
  EXPECT_THAT(text, HasSubstr("new → contacted"));
  EXPECT_THAT(text, HasSubstr("… and 50 more"));
  EXPECT_THAT(text, HasSubstr("(other campaigns)"));
  EXPECT_THAT(text, HasSubstr("1,500"));
  EXPECT_THAT(text, HasSubstr("3 more tenants with 12 leads"));
}

TEST(ReportHtmlTest, NamesBecomeNoMarkup) {
  const std::string html = ReportHtml(Example());
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("\x1b")));
  EXPECT_THAT(html, Not(HasSubstr("\xE2\x80\xAE")));
  EXPECT_THAT(html,
              HasSubstr("&lt;/title&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;\\n\\u001b[31m"));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_THAT(html, Not(HasSubstr("http://")));
  EXPECT_THAT(html, Not(HasSubstr("https://")));
}

TEST(ReportTest, AddressesAreTheSameInTextJsonAndHtml) {
  Report report = Example();
  EXPECT_THAT(ReportText(report), Not(HasSubstr("Addresses")));
  EXPECT_THAT(ReportHtml(report), Not(HasSubstr("Addresses")));
  TenantReport& tenant = report.tenants.front();
  tenant.with_address = 1'234'000;
  tenant.sendable = 1'000'000;
  tenant.addresses = {
      .shared = 1, .sharing = 1'500, .sendable = 1'400, .absent = 0, .without_room = 9, .hidden_mailboxes = 1'003};
  const std::string text = ReportText(report);
  EXPECT_THAT(text, HasSubstr("    address of their own   1,232,491   998,600"));
  EXPECT_THAT(text, HasSubstr("    shared address             1,500     1,400"));
  EXPECT_THAT(text, HasSubstr("    beyond 1,000 leads             9         0"));
  EXPECT_THAT(text, HasSubstr("    no address                   567         0"));
  EXPECT_THAT(text, HasSubstr("1 address is shared by two or more leads"));
  EXPECT_THAT(text, HasSubstr("1,003 addresses are no leads of their own"));
  EXPECT_THAT(text, HasSubstr("9 leads beyond the first 1,000 of an address"));
  EXPECT_THAT(ReportHtml(report), HasSubstr("<td>1,500</td><td>1,400</td>"));
  EXPECT_THAT(ReportJson(report),
              HasSubstr(R"("sharedAddresses":1,"sharingAddress":1500,"sharingSendable":1400,"withoutRoom":9,)"
                        R"("hiddenMailboxes":1003,)"));
}

TEST(ReportHtmlTest, SeveralTenantsHaveContents) {
  Report report = Example();
  EXPECT_THAT(ReportHtml(report), Not(HasSubstr("<nav")));
  report.tenants.push_back(report.tenants.front());
  report.tenants.back().tenant = "<i>beta";
  report.tenants.back().leads = 1;
  const std::string html = ReportHtml(report);
  EXPECT_THAT(html, HasSubstr("<li><a href=\"#tenant-0\">acme</a>, 1,234,567 leads</li>"));
  EXPECT_THAT(html, HasSubstr("<li><a href=\"#tenant-1\">&lt;i&gt;beta</a>, 1 lead</li>"));
  EXPECT_THAT(html, HasSubstr("<article id=\"tenant-1\">"));
}

TEST(ReportTest, NobodyToTellOf) {
  Report report;
  EXPECT_THAT(ReportText(report), HasSubstr("No leads to report."));
  EXPECT_THAT(ReportHtml(report), HasSubstr("No leads to report."));
  EXPECT_THAT(ReportJson(report), HasSubstr(R"("tenants":{})"));
  report.tenants.emplace_back();
  report.tenants.back().history = History();
  EXPECT_THAT(ReportText(report), HasSubstr("0 leads"));
  EXPECT_THAT(ReportHtml(report), HasSubstr("0 reached, 0 here"));
}

TEST(TextCellsTest, BarsAndCells) {
  EXPECT_EQ(Bar(0, 10, 8), "");
  EXPECT_EQ(Bar(1, 1'000'000, 8), "▏");
  EXPECT_EQ(Bar(10, 10, 3), "███");
  EXPECT_EQ(Bar(20, 10, 3), "███");
  EXPECT_EQ(Bar(5, 0, 3), "");
  EXPECT_EQ(StackedBar({2, 1, 1}, 4, 4), "██▒░");
  EXPECT_EQ(StackedBar({-5, 4}, 4, 4), "▒▒▒▒");
  EXPECT_EQ(LongNameCell("newsletter-2024-03-26", 12), "newsle…03-26");
  EXPECT_EQ(LongNameCell("short", 7), "short  ");
}

TEST(WordingTest, NumbersReadAsPeopleWriteThem) {
  EXPECT_EQ(Percent(0.12345), "12.3%");
  EXPECT_EQ(Percent(std::nullopt), "–");
  EXPECT_EQ(GroupedSigned(-12'345), "-12,345");
  EXPECT_EQ(BarTitle({-10, -5, 0}), "-10 to -6");
  EXPECT_EQ(BarTitle({7, 8, 0}), "7");
  EXPECT_EQ(BarTitle({std::nullopt, 0, 0}), "-1 or less");
  EXPECT_EQ(BarTitle({100, std::nullopt, 0}), "100 or more");
  EXPECT_THAT(AxisSteps(1), ElementsAre(0, 1));
  EXPECT_THAT(AxisSteps(7), ElementsAre(0, 2, 4, 6, 8));
  EXPECT_THAT(AxisSteps(1'000), ElementsAre(0, 500, 1'000));
}

TEST(TerminalTextTest, BytesThatAreNoUtf8AreShownAsReplaced) {
  EXPECT_EQ(DisplayableLine("a\xFFz\n"), "a\uFFFDz\\n");
  EXPECT_EQ(DisplayableText("\xE2\x82\n"), "\uFFFD\n");
}

}  // namespace leadpulse::report::report_render_test
