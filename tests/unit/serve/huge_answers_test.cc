// Answers about contacts with as much text as they may have, in characters that JSON prints as six: each is bounded,
// and all pages together have everything once.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/base/json.h"
#include "processor/serve/queries/cursor.h"
#include "processor/serve/queries/lead_queries.h"
#include "processor/serve/queries/scan_control.h"
#include "tests/receiver/counted_memory.h"
#include "tests/support/lead_examples.h"
#include "tests/support/lead_rows.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::serve::huge_answers_test {

constexpr int kContacts = 40;  // 120 MiB as JSON
constexpr size_t kAttributes = 60;
constexpr size_t kAttributeBytes = 8 << 10;
// A row of one contact as JSON.
constexpr size_t kRowBytes = kAttributes * kAttributeBytes * 6 + (64 << 10);
// What rows wait for their order or their turn, and the answer.
constexpr size_t kMostMemory = 96 << 20;

class HugeAnswersTest : public ::testing::Test {
 protected:
  HugeAnswersTest() {
    for (int number = 0; number < kContacts; ++number) {
      state::Lead lead;
      lead.key = {"acme", "lead-" + std::to_string(1'000 + number)};
      for (size_t i = 0; i < kAttributes; ++i) {
        std::string text(kAttributeBytes - 1, '\1');
        lead.profile.attributes["a" + std::to_string(i)].sent = std::to_string(number % 7) + text;
      }
      testing::PutLead(lead, store_.get());
      ids_.insert(lead.key.lead);
    }
  }

  Snapshot Now() { return {*store_, *definitions_, testing::AtMinute(1), &scans_}; }

  // Walks through the pages of a search.
  std::set<std::string> Walk(v1::FindLeads request) {
    std::set<std::string> found;
    for (int pages = 0; pages <= kContacts; ++pages) {
      const testing::CountedMemory memory;
      const auto page = FindLeads(Now(), request);
      EXPECT_LT(memory.count().peak, kMostMemory);
      if (!page.ok()) {
        ADD_FAILURE() << page.status().message();
        break;
      }
      EXPECT_LT(page->ByteSizeLong(), kPageBytes + 2 * kRowBytes);
      for (const v1::LeadRow& row : page->rows()) AddTo(row.lead().lead_id(), &found);
      for (size_t at = 0; (at = page->text().find("lead-", at)) != std::string::npos; at += 5) {
        AddTo(page->text().substr(at, 9), &found);
      }
      if (page->cursor().empty()) return found;
      EXPECT_LT(page->cursor().size(), size_t{16} << 10) << "a URL has it";
      request.set_cursor(page->cursor());
    }
    ADD_FAILURE() << "the walk does not end";
    return found;
  }
  static void AddTo(const std::string& id, std::set<std::string>* found) {
    EXPECT_TRUE(found->insert(id).second) << id << " comes twice";
  }

  std::unique_ptr<state::LeadStore> store_ = state::MakeMemoryLeadStore(3);
  std::shared_ptr<const config::Definitions> definitions_ =
      config::LoadDefinitions("tenants: {\"*\": {tiers: [{name: all}]}}").definitions;
  ScanControl scans_;
  std::set<std::string> ids_;
};

v1::FindLeads All() {
  v1::FindLeads request;
  request.mutable_caller()->set_tenant_id("acme");
  request.set_limit(1'000);
  return request;
}

TEST_F(HugeAnswersTest, PagesOfASearchAndOfAnExport) {
  EXPECT_EQ(Walk(All()), ids_);
  v1::FindLeads sorted = All();
  sorted.set_order("a1");
  sorted.set_descending(true);
  for (int i = 2; i < 9; ++i) sorted.add_further_orders()->set_column("a" + std::to_string(i));
  EXPECT_EQ(Walk(sorted), ids_);
  for (const char* format : {"csv", "jsonl"}) {
    v1::FindLeads page = All();
    page.set_format(format);
    page.add_columns("lead");
    for (size_t i = 0; i < kAttributes; ++i) page.add_columns("a" + std::to_string(i));
    EXPECT_EQ(Walk(page), ids_) << format;
    page.set_order("a1");
    EXPECT_EQ(Walk(page), ids_) << format;
  }
}

TEST_F(HugeAnswersTest, TheBoardAndItsColumns) {
  v1::GetPipeline request;
  request.mutable_caller()->set_tenant_id("acme");
  request.set_limit(1'000);
  request.set_order("a1");
  const testing::CountedMemory memory;
  const auto board = GetPipeline(Now(), request);
  EXPECT_LT(memory.count().peak, kMostMemory);
  ASSERT_TRUE(board.ok());
  std::set<std::string> found;
  for (const v1::PipelineColumn& column : board->columns()) {
    for (const v1::LeadRow& row : column.rows()) AddTo(row.lead().lead_id(), &found);
    if (column.cursor().empty()) continue;
    v1::FindLeads rest = SearchOf(column, request);
    rest.set_limit(1'000);
    rest.set_cursor(column.cursor());
    for (const std::string& id : Walk(rest)) AddTo(id, &found);
  }
  EXPECT_EQ(found, ids_);
}

TEST_F(HugeAnswersTest, OutcomesHaveTheLeadsForWhichThereIsRoom) {
  AnsweredOutcomes asked;
  const auto add = [&](const std::string& id, bool is_read, const std::string& reason = "") {
    v1::GetLead* lead = asked.question.add_positions()->mutable_lead();
    lead->mutable_caller()->set_tenant_id("acme");
    lead->set_lead_id(id);
    v1::RecordOutcome* outcome = asked.answer.add_outcomes();
    outcome->set_is_read(is_read);
    outcome->set_reason(reason);
  };
  add(*ids_.begin(), /*is_read=*/false);
  add(*ids_.begin(), /*is_read=*/true, "conflict");
  add("nobody", /*is_read=*/true);
  asked.question.add_positions();  // nobody asks for its lead
  asked.answer.add_outcomes()->set_is_read(true);
  const int without = asked.answer.outcomes_size();
  for (const std::string& id : ids_) add(id, /*is_read=*/true);
  const testing::CountedMemory memory;
  const auto told = AddLeads(Now(), asked);
  EXPECT_LT(memory.count().peak, kMostMemory);
  ASSERT_TRUE(told.ok());
  EXPECT_LT(told->ByteSizeLong(), kPageBytes + 2 * kRowBytes);
  ASSERT_EQ(told->outcomes_size(), asked.answer.outcomes_size());
  int leads = 0;
  for (int i = 0; i < told->outcomes_size(); ++i) {
    const v1::RecordOutcome& outcome = told->outcomes(i);
    EXPECT_EQ(outcome.is_read(), asked.answer.outcomes(i).is_read());
    EXPECT_EQ(outcome.reason(), asked.answer.outcomes(i).reason());
    if (!outcome.has_lead()) continue;
    ASSERT_EQ(i, without + leads++) << "the first ones have room";
    EXPECT_EQ(outcome.lead().lead_id(), asked.question.positions(i).lead().lead_id());
  }
  EXPECT_GT(leads, 3);
  EXPECT_LT(leads, kContacts);
}

TEST(HugeTimelineTest, HasPagesAndItsDocumentFits) {
  constexpr int kEvents = 400;
  const std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(1);
  const auto definitions = config::LoadDefinitions("tenants: {\"*\": {tiers: [{name: all}]}}").definitions;
  state::Lead lead;
  lead.key = {"acme", "ann"};
  for (int i = 0; i < kEvents; ++i) {
    testing::OwnedEntry entry = testing::Entry(EventType::kOpen, i, "event-" + std::to_string(i));
    for (int name = 0; name < 16; ++name) {
      entry.properties.emplace_back("p" + std::to_string(10 + name), ScalarList(20, std::string(256, '\1')));
    }
    lead.journal.Add(entry, kEvents);
  }
  const auto held = static_cast<int>(lead.journal.entries().size());
  ASSERT_LT(held, kEvents) << "the journal has as many bytes as it may have";
  testing::PutLead(lead, store.get());
  ScanControl scans;
  const Snapshot now{*store, *definitions, testing::AtMinute(kEvents), &scans};
  v1::GetTimeline request;
  request.mutable_caller()->set_tenant_id("acme");
  request.set_lead_id("ann");
  request.set_limit(1'000);
  int entries = 0, pages = 0;
  do {
    const auto page = GetTimeline(now, request);
    ASSERT_TRUE(page.ok() && *page);
    EXPECT_LT((*page)->ByteSizeLong(), kPageBytes + (1 << 20));
    entries += (*page)->entries_size();
    request.set_cursor((*page)->cursor());
  } while (!request.cursor().empty() && ++pages < kEvents);
  EXPECT_EQ(entries, held);
  v1::ExportLead document;
  document.mutable_caller()->set_tenant_id("acme");
  document.set_lead_id("ann");
  const testing::CountedMemory memory;
  const auto exported = ExportLead(now, document);
  EXPECT_LT(memory.count().peak, 8 * kMostAnswerBytes);
  ASSERT_TRUE(exported.ok() && *exported);
  EXPECT_GT((*exported)->ByteSizeLong(), kMostAnswerBytes / 2);
  EXPECT_LT((*exported)->ByteSizeLong(), kMostAnswerBytes) << "AnswerQuery would refuse it";
}

}  // namespace leadpulse::serve::huge_answers_test
