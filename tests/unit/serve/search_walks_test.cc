#include "processor/serve/runs/search_walks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "processor/serve/queries/cursor.h"
#include "processor/serve/runs/merge.h"
#include "tests/unit/serve/stored_leads.h"

namespace leadpulse::serve {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

// The leads of some runs. Those whose id ends with an even digit stay; others move, come and go before each answer.
class MovingLeads {
 public:
  MovingLeads(const v1::FindLeads& request, std::mt19937* random)
      : random_(*random), runs_(1 + random_() % 3), leads_(RandomLeads(request, random)) {
    Leads still = leads_;
    std::erase_if(still, [](const StoredLead& lead) { return !Stays(lead.row); });
    std::ranges::sort(
        still,
        [&](const query::LeadPlace& a, const query::LeadPlace& b) {
          return query::ComesBefore(a, b, request.descending());
        },
        &StoredLead::place);
    for (const StoredLead& lead : still) still_.push_back(lead.row);
  }

  static bool Stays(const std::string& row) { return (row.back() - '0') % 2 == 0; }
  // Returns the leads that stay, in order.
  const std::vector<std::string>& still() const { return still_; }

  OrRefusal<v1::FoundLeads> Ask(const v1::FindLeads& request) {
    Move();
    std::vector<v1::FoundLeads> pages;
    for (const Leads& part : Split(leads_, runs_, &random_)) pages.push_back(PageOf(part, request));
    LP_ASSIGN_OR_RETURN(v1::FoundLeads merged, Merge(request, pages));
    return {std::move(merged)};
  }

 private:
  void Move() {
    for (StoredLead& lead : leads_) {
      if (!Stays(lead.row) && random_() % 3 == 0) lead.place.order = RandomKey(&random_);
    }
    std::erase_if(leads_, [this](const StoredLead& lead) { return !Stays(lead.row) && random_() % 40 == 0; });
    if (leads_.empty() || created_ == 20) return;
    StoredLead created = leads_.front();
    created.row = "new-" + std::to_string(2 * ++created_ + 1);
    created.place.order = RandomKey(&random_);
    created.place.encoded_key = EncodeLeadKey({kTenant, created.row});
    leads_.push_back(std::move(created));
  }

  std::mt19937& random_;
  const size_t runs_;
  Leads leads_;
  std::vector<std::string> still_;
  int created_ = 0;
};

v1::FoundLeads PageIn(SearchWalks* walks, const v1::FindLeads& request, const SearchWalks::Ask& ask) {
  const auto page = walks->Find(request, ask);
  const v1::FoundLeads* found = AnswerIn(page);
  EXPECT_NE(found, nullptr) << request.DebugString();
  return found == nullptr ? v1::FoundLeads() : *found;
}

TEST(SearchWalksTest, ALeadThatStaysComesOnceAndNoneComesTwice) {
  std::mt19937 random(20261125);
  SearchWalks walks;
  for (int round = 0; round < 1'000 && !HasFailure(); ++round) {
    v1::FindLeads request = SearchBy("score", random() % 2 == 0, 1 + random() % 9);
    if (random() % 2 == 0) {
      request.add_further_orders()->set_column("city");
      request.mutable_further_orders(0)->set_descending(random() % 2 == 0);
    }
    MovingLeads leads(request, &random);
    const auto ask = [&leads](const v1::FindLeads& asked) { return leads.Ask(asked); };
    std::vector<std::string> seen;
    do {
      v1::FoundLeads page = PageIn(&walks, request, ask);
      // A page may be requested again, and either answer may be the one that arrives.
      if (random() % 4 == 0) {
        v1::FoundLeads again = PageIn(&walks, request, ask);
        if (random() % 2 == 0) page = std::move(again);
      }
      if (!page.cursor().empty()) {
        EXPECT_EQ(page.rows_size(), static_cast<int>(request.limit()));
      }
      for (std::string& id : IdsIn(page.rows())) seen.push_back(std::move(id));
      request.set_cursor(page.cursor());
    } while (!request.cursor().empty());
    EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), seen.size()) << "in round " << round;
    std::erase_if(seen, [](const std::string& row) { return !MovingLeads::Stays(row); });
    EXPECT_THAT(seen, ElementsAreArray(leads.still())) << "in round " << round;
  }
}

// Makes leads 0, 1, …, at the places of their numbers.
Leads Numbered(int count) {
  Leads leads;
  for (int i = 0; i < count; ++i) {
    const std::string id = std::to_string(i);
    leads.push_back({{{query::OrderKey::Kind::kNumber, static_cast<double>(i), {}}, EncodeLeadKey({kTenant, id})}, id});
  }
  return leads;
}

class OfOneRunTest : public ::testing::Test {
 protected:
  v1::FoundLeads Page(const v1::FindLeads& request) { return PageIn(&walks_, request, ask_); }
  void MoveTo(double number, int first, int end) {
    for (int i = first; i < end; ++i) leads_[static_cast<size_t>(i)].place.order.number = number;
  }

  Leads leads_ = Numbered(5);
  int asked_ = 0;
  const SearchWalks::Ask ask_ = [this](const v1::FindLeads& request) -> OrRefusal<v1::FoundLeads> {
    ++asked_;
    return {PageOf(leads_, request)};
  };
  SearchWalks walks_;
};

TEST_F(OfOneRunTest, APageWithoutThousandsIsShort) {
  leads_ = Numbered(2'500);
  v1::FindLeads request = SearchBy("score", false, 1'000);
  request.set_cursor(Page(request).cursor());
  request.set_cursor(Page(request).cursor());
  MoveTo(2'100, 0, 2'000);
  request.set_limit(200);
  asked_ = 0;
  const v1::FoundLeads page = Page(request);
  EXPECT_EQ(page.rows(0).lead().lead_id(), "2000");
  EXPECT_EQ(page.rows_size(), 200);
  EXPECT_LE(asked_, 5);
  request.set_limit(1);
  request.set_cursor(page.cursor());
  MoveTo(2'199.5, 0, 2'000);
  EXPECT_EQ(Page(request).rows_size(), 0);
  request.set_cursor(Page(request).cursor());
  EXPECT_THAT(IdsIn(Page(request).rows()), ElementsAre("2200"));
}

TEST_F(OfOneRunTest, APageOfSeveralAnswersSaysWhatEachLacks) {
  v1::FindLeads request = SearchBy("score", false, 2);
  request.set_cursor(Page(request).cursor());
  MoveTo(2.5, 0, 2);
  uint32_t answers = 0;
  const auto ask = [&](const v1::FindLeads& asked) -> OrRefusal<v1::FoundLeads> {
    v1::FoundLeads found = PageOf(leads_, asked);
    found.add_missing_partitions(7);
    found.add_missing_partitions(answers++);
    return {std::move(found)};
  };
  const v1::FoundLeads page = PageIn(&walks_, request, ask);
  EXPECT_THAT(IdsIn(page.rows()), ElementsAre("2", "3"));
  EXPECT_EQ(page.count(), 5U);
  EXPECT_THAT(page.missing_partitions(), ElementsAre(7, 0, 1));
}

TEST_F(OfOneRunTest, ASearchByIdNeedsNoMemory) {
  for (const char* order : {"", "lead"}) {
    v1::FindLeads request = SearchBy(order, false, 2);
    request.set_cursor(Page(request).cursor());
    EXPECT_EQ(request.cursor(), PageOf(leads_, SearchBy(order, false, 2)).cursor());
    SearchWalks of_another_process;
    EXPECT_THAT(IdsIn(PageIn(&of_another_process, request, ask_).rows()), ElementsAre("2", "3"));
  }
}

TEST_F(OfOneRunTest, ACursorOfAnotherProcessIsTooOld) {
  v1::FindLeads request = SearchBy("score", false, 2);
  for (const std::string& cursor : {Page(request).cursor(), PageOf(leads_, request).cursor()}) {
    request.set_cursor(cursor);
    SearchWalks of_another_process;
    const auto found = of_another_process.Find(request, ask_);
    ASSERT_TRUE(found.ok() && std::holds_alternative<RunRefusal>(*found));
    const auto& refusal = std::get<RunRefusal>(*found);
    EXPECT_EQ(refusal.status, http::kGone);
    EXPECT_EQ(refusal.error.code(), "cursor_expired");
    EXPECT_EQ(refusal.error.field(), "cursor");
  }
}

TEST_F(OfOneRunTest, AColumnOfTheBoardIsAFirstPage) {
  v1::GetPipeline board;
  board.mutable_caller()->set_tenant_id(kTenant);
  board.set_order("score");
  board.set_limit(2);
  v1::Pipeline pipeline;
  v1::PipelineColumn* column = pipeline.add_columns();
  column->set_rule("stage = \"new\"");
  const v1::FoundLeads first = PageOf(leads_, SearchBy("score", false, 2));
  *column->mutable_rows() = first.rows();
  *column->mutable_places() = first.places();
  column->set_cursor(first.cursor());
  ASSERT_TRUE(walks_.Begin(board, &pipeline).ok());
  MoveTo(3.5, 0, 1);
  v1::FindLeads request = SearchBy("score", false, 9);
  request.set_rule(column->rule());
  request.set_cursor(column->cursor());
  EXPECT_THAT(IdsIn(Page(request).rows()), ElementsAre("2", "3", "4"));
  column->clear_places();
  EXPECT_EQ(walks_.Begin(board, &pipeline).kind(), ErrorKind::kRetriable);
}

class ShownPagesTest : public ::testing::Test {
 protected:
  PageName Add(const std::string& tenant, PageName before, LeadHash lead) { return pages_.Add(tenant, before, {lead}); }
  bool IsRemembered(PageName page) {
    absl::flat_hash_set<LeadHash> none;
    return pages_.RemoveShown(page, &none);
  }

  ShownPages pages_{2'500};  // twelve pages of one lead
};

TEST_F(ShownPagesTest, ThePagesThatWereUsedLongestAgoAreForgotten) {
  const PageName first = Add("acme", kNoPage, 1), second = Add("acme", first, 2), other = Add("acme", kNoPage, 3);
  for (LeadHash lead = 10; lead < 18; ++lead) Add("acme", kNoPage, lead);
  EXPECT_TRUE(IsRemembered(second));
  for (LeadHash lead = 20; lead < 26; ++lead) Add("acme", kNoPage, lead);
  EXPECT_FALSE(IsRemembered(other));
  EXPECT_TRUE(IsRemembered(second));
  for (LeadHash lead = 30; lead < 50; ++lead) Add("acme", kNoPage, lead);
  EXPECT_FALSE(IsRemembered(second));
  EXPECT_FALSE(IsRemembered(Add("acme", second, 4)));
}

TEST_F(ShownPagesTest, AWalkIsForgottenFromItsEnd) {
  const PageName first = Add("acme", kNoPage, 1), second = Add("acme", first, 2);
  for (LeadHash lead = 10; lead < 21; ++lead) Add("acme", kNoPage, lead);
  EXPECT_FALSE(IsRemembered(second));
  EXPECT_TRUE(IsRemembered(first));
}

TEST_F(ShownPagesTest, ATenantWithManyPagesTakesNoneFromTheOthers) {
  const PageName of_blue = Add("blue", kNoPage, 1);
  for (LeadHash lead = 10; lead < 90; ++lead) Add("acme", kNoPage, lead);
  EXPECT_TRUE(IsRemembered(of_blue));
}

TEST_F(ShownPagesTest, TheSamePageIsRememberedOnce) {
  const PageName page = Add("acme", kNoPage, 1);
  for (int i = 0; i < 90; ++i) EXPECT_EQ(Add("acme", page, 2), Add("acme", page, 2));
  EXPECT_TRUE(IsRemembered(page));
  EXPECT_NE(Add("acme", page, 2), Add("acme", kNoPage, 2));
}

}  // namespace
}  // namespace leadpulse::serve
