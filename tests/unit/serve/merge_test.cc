// The merging of answers. indexed_query_test.cc compares those of each query with the answer of one run.
#include "processor/serve/runs/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "processor/base/ids.h"
#include "processor/query/leads/leads_query.h"
#include "processor/serve/queries/cursor.h"
#include "tests/unit/serve/stored_leads.h"

namespace leadpulse::serve {
namespace {

using ::testing::ElementsAre;

// Returns the report of one run, with a row for each list of columns and numbers.
v1::Report DaysOf(const std::vector<std::vector<std::pair<std::string, int64_t>>>& rows,
                  std::optional<int64_t> counted_from) {
  v1::Report report;
  for (const auto& cells : rows) {
    v1::ReportRow* row = report.add_rows();
    row->add_cells()->set_text("2026-03-0" + std::to_string(report.rows_size()));
    for (const auto& [column, number] : cells) {
      row->add_cells()->set_column(column);
      row->mutable_cells()->rbegin()->set_number(number);
    }
  }
  if (counted_from) report.set_counted_from_ms(*counted_from);
  return report;
}

TEST(MergeTest, DaysOfSeveralRunsAddUpAndBeginWithTheLast) {
  v1::MakeReport request;
  request.set_name("days");
  const Result<v1::Report> merged =
      Merge(request, {DaysOf({{{"created", 1}, {"tier:hot", 2}}, {{"created", 0}, {"tier:hot", 1}}}, 5),
                      DaysOf({{{"created", 3}, {"tier:old", 7}}, {{"created", 2}, {"tier:old", 0}}}, std::nullopt),
                      DaysOf({{{"created", 1}, {"tier:hot", 1}}, {{"created", 0}, {"tier:hot", 0}}}, 9)});
  ASSERT_TRUE(merged.ok()) << merged.status().message();
  EXPECT_EQ(merged->counted_from_ms(), 9);
  ASSERT_EQ(merged->rows_size(), 2);
  const auto numbers = [](const v1::ReportRow& row) {
    std::vector<std::string> all;
    for (const v1::ReportCell& cell : row.cells()) {
      if (cell.has_number()) all.push_back(cell.column() + " " + std::to_string(cell.number()));
    }
    return all;
  };
  EXPECT_THAT(numbers(merged->rows(0)), ElementsAre("created 5", "tier:hot 3", "tier:old 7"));
  EXPECT_THAT(numbers(merged->rows(1)), ElementsAre("created 2", "tier:hot 1", "tier:old 0"));
}

TEST(MergeTest, PagesOfSeveralRunsAreThoseOfOneRunWithAllLeads) {
  std::mt19937 random(20261125);
  for (int round = 0; round < 500; ++round) {
    v1::FindLeads request = SearchBy("score", random() % 2 == 0, 1 + random() % 9);
    if (random() % 2 == 0) request.add_further_orders()->set_descending(random() % 2 == 0);
    const Leads all = RandomLeads(request, &random);
    const std::vector<Leads> parts = Split(all, 1 + random() % 4, &random);
    request.set_count(true);
    if (random() % 3 == 0) request.set_format("csv");
    while (true) {
      const v1::FoundLeads wanted = PageOf(all, request);
      std::vector<v1::FoundLeads> pages;
      for (const Leads& part : parts) pages.push_back(PageOf(part, request));
      const Result<v1::FoundLeads> merged = Merge(request, pages);
      ASSERT_TRUE(merged.ok()) << merged.status().message();
      ASSERT_EQ(merged->text(), wanted.text());
      ASSERT_EQ(merged->text_rows(), wanted.text_rows());
      ASSERT_EQ(IdsIn(merged->rows()), IdsIn(wanted.rows()));
      ASSERT_EQ(merged->count(), all.size());
      ASSERT_EQ(merged->cursor(), wanted.cursor());
      if (wanted.cursor().empty()) break;
      request.set_cursor(merged->cursor());
    }
  }
}

// Returns the page of a run that has not visited the leads after this place.
v1::FoundLeads LateAt(const query::LeadPlace& place, v1::FoundLeads page, const v1::FindLeads& request) {
  v1::FoundLeads late = page;
  late.clear_rows();
  late.clear_places();
  for (int row = 0; row < page.rows_size(); ++row) {
    if (page.places(row).encoded_key() > place.encoded_key) break;
    *late.add_rows() = page.rows(row);
    *late.add_places() = page.places(row);
  }
  if (late.rows_size() == static_cast<int>(request.limit())) return page;
  *late.mutable_late_at() = WrittenPlace(place);
  late.set_cursor(WriteCursor(late.late_at(), request));
  return late;
}

TEST(MergeTest, AWalkShowsAllLeadsOnceWhicheverRunIsLate) {
  std::mt19937 random(20261126);
  for (int round = 0; round < 300; ++round) {
    v1::FindLeads request = SearchBy("", false, 1 + random() % 9);
    Leads all = RandomLeads(request, &random);
    for (StoredLead& lead : all) lead.place.order = {};
    const std::vector<Leads> parts = Split(all, 1 + random() % 4, &random);
    std::vector<std::string> shown, wanted;
    std::string after;
    do {
      std::vector<v1::FoundLeads> pages;
      for (const Leads& part : parts) {
        pages.push_back(PageOf(part, request));
        if (all.empty() || random() % 2 == 0) continue;
        const query::LeadPlace& place = all[random() % all.size()].place;
        if (place.encoded_key > after) pages.back() = LateAt(place, pages.back(), request);
      }
      const Result<v1::FoundLeads> merged = Merge(request, pages);
      ASSERT_TRUE(merged.ok()) << merged.status().message();
      for (std::string& id : IdsIn(merged->rows())) shown.push_back(std::move(id));
      request.set_cursor(merged->cursor());
      if (!request.cursor().empty()) {
        after = ReadCursor(request, query::LeadsQuery(), config::TenantDefinitions())->encoded_key;
      }
    } while (!request.cursor().empty());
    for (const StoredLead& lead : all) wanted.push_back(lead.row);
    std::ranges::sort(wanted);
    ASSERT_EQ(shown, wanted) << "round " << round;
  }
}

TEST(MergeTest, AColumnIsUnknownIfNoRunHasAValueInIt) {
  const v1::FindLeads request = SearchBy("", false, 5);
  std::vector<v1::FoundLeads> pages(2);
  for (const char* warning : {"nosuch", "city"}) pages[0].add_column_warnings(warning);
  pages[1].add_column_warnings("nosuch");
  EXPECT_THAT(Merge(request, pages)->column_warnings(), ElementsAre("nosuch"));
}

TEST(MergeTest, ARowWithoutAPlaceIsOfAnotherVersion) {
  const v1::FindLeads request = SearchBy("", false, 5);
  v1::FoundLeads page = PageOf({{{{}, EncodeLeadKey({kTenant, "a"})}, "a"}}, request);
  page.clear_places();
  EXPECT_EQ(Merge(request, std::vector{page}).status().kind(), ErrorKind::kRetriable);
}

// Returns the page of a run whose addresses are shared by 5, 4, … leads.
v1::Duplicates PageOfAddresses(const std::vector<std::string>& addresses, const v1::FindDuplicates& request) {
  v1::Duplicates page;
  for (const std::string& address : addresses) {
    const uint64_t leads = 5 - static_cast<uint64_t>(page.addresses_size());
    v1::SharedAddress* shared = page.add_addresses();
    shared->set_address(address);
    shared->set_leads(leads);
    v1::CursorPlace* place = page.add_places();
    place->set_number(static_cast<double>(leads));
    place->set_encoded_key(address);
  }
  page.set_cursor(WriteCursor(*page.places().rbegin(), QueryWithoutPage(request)));
  return page;
}

TEST(MergeTest, SharedAddressesMergeAndTheirCursorIsOneOfEachRun) {
  v1::FindDuplicates request;
  request.mutable_caller()->set_tenant_id(kTenant);
  request.set_limit(3);
  const Result<v1::Duplicates> merged =
      Merge(request, std::vector{PageOfAddresses({"b", "d"}, request), PageOfAddresses({"a", "c"}, request)});
  ASSERT_TRUE(merged.ok());
  std::vector<std::string> addresses;
  for (const v1::SharedAddress& shared : merged->addresses()) addresses.push_back(shared.address());
  EXPECT_THAT(addresses, ElementsAre("a", "b", "c"));
  request.set_places(true);  // as in requests to runs
  const Result<v1::CursorPlace> place = ReadCursor(merged->cursor(), QueryWithoutPage(request));
  ASSERT_TRUE(place.ok()) << place.status().message();
  EXPECT_EQ(place->encoded_key(), "c");
}

v1::CampaignCount Campaign(const std::string& id, uint64_t assigned, uint64_t reached) {
  v1::CampaignCount count;
  count.set_id(id);
  count.set_leads(assigned);
  count.set_assigned(assigned);
  count.set_reached(reached);
  return count;
}

TEST(MergeTest, CountsAddUpWhateverTheSpellingOfACampaign) {
  std::vector<v1::LeadCounts> parts(2);
  for (v1::LeadCounts& part : parts) {
    v1::SegmentCount* segment = part.add_segments();
    segment->set_id("hot");
    segment->set_leads(3);
  }
  *parts[0].add_campaigns() = Campaign("Spring", 2, 1);
  *parts[1].add_campaigns() = Campaign("autumn", 1, 2);
  *parts[1].add_campaigns() = Campaign("spring", 5, 4);
  const v1::LeadCounts merged = *Merge(v1::CountLeads(), parts);
  EXPECT_EQ(merged.segments(0).leads(), 6U);
  ASSERT_EQ(merged.campaigns_size(), 2);
  EXPECT_EQ(merged.campaigns(0).id(), "Spring");
  EXPECT_EQ(merged.campaigns(0).assigned(), 7U);
  EXPECT_EQ(merged.campaigns(0).reached(), 5U);
}

TEST(MergeTest, NamesAddUpAndThoseOfMostLeadsComeFirst) {
  const auto add = [](const char* name, uint64_t leads, v1::NameCounts* part) {
    v1::NameCounts::Count* count = part->add_names();
    count->set_name(name);
    count->set_leads(leads);
  };
  std::vector<v1::NameCounts> parts(2);
  add("VIP", 2, &parts[0]);
  add("cold", 1, &parts[0]);
  add("new", 3, &parts[1]);
  add("vip", 2, &parts[1]);
  const auto merged = [&](v1::CountNames::Kind kind) {
    v1::CountNames request;
    request.set_kind(kind);
    std::string text;
    const auto answer = *Merge(request, parts);
    for (const auto& name : answer.names()) text += name.name() + ' ' + std::to_string(name.leads()) + ' ';
    return text;
  };
  EXPECT_EQ(merged(v1::CountNames::TAG), "VIP 4 new 3 cold 1 ");
  EXPECT_EQ(merged(v1::CountNames::AGENT), "new 3 VIP 2 vip 2 cold 1 ");
}

TEST(MergeTest, TheRunThatReadsThePartitionTellsTheOutcome) {
  v1::FindOutcomes request;
  request.add_positions();
  std::vector<v1::RecordOutcomes> parts(2);
  parts[0].add_outcomes()->set_is_elsewhere(true);
  parts[1].add_outcomes()->set_is_read(true);
  EXPECT_TRUE(Merge(request, parts)->outcomes(0).is_read());
  std::ranges::reverse(parts);
  EXPECT_TRUE(Merge(request, parts)->outcomes(0).is_read());
}

v1::ChangePages Page(const std::string& next, const std::vector<std::string>& ids) {
  v1::ChangePages pages;
  v1::ChangePage* page = pages.add_pages();
  for (const std::string& id : ids) page->add_events()->set_id(id);
  page->set_next(next);
  return pages;
}

std::vector<std::string> AfterOfRuns(const std::string& position, size_t runs) {
  v1::ReadChanges request;
  request.add_readers()->set_after(position);
  std::vector<std::string> after;
  for (const v1::ReadChanges& of_run : SplitChanges(request, runs)) after.push_back(of_run.readers(0).after());
  return after;
}

TEST(MergeChangesTest, AStreamGoesOnInEachRunAfterTheEventThatItHasSeen) {
  v1::ReadChanges request;
  request.add_readers();
  const v1::ChangePages first = MergeChanges(request, {Page("a0", {}), Page("b0", {})});
  request.mutable_readers(0)->set_after(first.pages(0).next());
  const v1::ChangePages page = MergeChanges(request, {Page("a2", {"a1", "a2"}), Page("b1", {"b1"})});
  ASSERT_EQ(page.pages(0).events_size(), 3);
  EXPECT_THAT(AfterOfRuns(page.pages(0).events(0).id(), 2), ElementsAre("a1", "b0"));
  EXPECT_THAT(AfterOfRuns(page.pages(0).events(2).id(), 2), ElementsAre("a2", "b1"));
  EXPECT_THAT(AfterOfRuns(page.pages(0).next(), 2), ElementsAre("a2", "b1"));
}

TEST(MergeChangesTest, EachRunIsAskedForWhatTheReaderWants) {
  v1::ReadChanges request;
  v1::ChangeReader* reader = request.add_readers();
  reader->mutable_caller()->set_tenant_id(kTenant);
  reader->mutable_caller()->set_agent_id("ben");
  reader->set_updates(true);
  for (const v1::ReadChanges& of_run : SplitChanges(request, 2)) {
    EXPECT_EQ(of_run.readers(0).caller().agent_id(), "ben");
    EXPECT_TRUE(of_run.readers(0).updates());
  }
}

TEST(MergeChangesTest, ARunThatDoesNotAnswerKeepsItsPosition) {
  v1::ReadChanges request;
  request.add_readers()->set_after("a1-b1");
  EXPECT_EQ(MergeChanges(request, {Page("a2", {"a2"}), std::nullopt}).pages(0).next(), "a2-b1");
  // It has no position: it will answer with a reset.
  request.mutable_readers(0)->clear_after();
  EXPECT_EQ(MergeChanges(request, {Page("a2", {}), std::nullopt}).pages(0).next(), "a2-none");
  EXPECT_THAT(AfterOfRuns("of one run", 2), ElementsAre("none", "none"));
}

}  // namespace
}  // namespace leadpulse::serve
