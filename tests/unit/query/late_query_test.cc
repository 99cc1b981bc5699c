// Queries that end before they have visited all leads, and continue from there.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/engine/partitioner.h"
#include "processor/query/leads/leads_query.h"
#include "tests/support/lead_examples.h"
#include "tests/support/lead_rows.h"
#include "tests/support/memory_lead_store.h"
#include "tests/support/rounds.h"

namespace leadpulse::query::late_query_test {

constexpr char kTenant[] = "acme";
constexpr int kLeads = 2'000;

std::string IdOf(int number) { return "lead-" + std::to_string(10'000 + number); }
bool IsInBern(int number) { return number % 7 == 3; }

// Returns the agent of a lead: in stretches of 300 all are ben's, or nearly none.
std::string AgentOf(int number) { return number / 300 % 2 == 0 ? "ben" : number % 50 == 0 ? "" : "cid"; }

class LateQueryTest : public ::testing::Test {
 protected:
  LateQueryTest() {
    for (int number = 0; number < kLeads; ++number) {
      state::Lead lead;
      lead.key = {kTenant, IdOf(number)};
      lead.profile.attributes["city"].sent = std::string(IsInBern(number) ? "Bern" : "Chur");
      lead.profile.extras.Get().agent_id = AgentOf(number);
      // Longer than what counts of a text in an order.
      lead.profile.extras.Get().tags.Add(std::string(number % 2 == 0 ? 300 : 1, 'a') + std::to_string(number % 9));
      testing::PutLead(lead, store_.get());
      if (IsInBern(number)) in_bern_.push_back(IdOf(number));
    }
  }

  LeadsQuery Query() const {
    LeadsQuery query{.tenant = kTenant, .at = testing::AtMinute(1)};
    query.wheres.push_back(WhereRule::Check(R"(city IS "Bern")", *definitions_, {kTenant}).rule);
    return query;
  }
  // Returns a function that is late after `calls` calls.
  static std::function<bool()> LateAfter(int calls) {
    return [left = std::make_shared<std::atomic<int>>(calls)] { return left->fetch_sub(1) <= 0; };
  }
  // Returns all candidates by key, some of them given in advance.
  Candidates CandidatesOf(const LeadsQuery& query, std::mt19937* random) const {
    Candidates candidates;
    candidates.in_order = true;
    auto others = std::make_shared<std::vector<LeadAt>>();
    for (int number = 0; number < kLeads; ++number) {
      const LeadKey key{kTenant, IdOf(number)};
      LeadAt lead{engine::PartitionOf(key, store_->partition_count()), EncodeLeadKey(key)};
      if ((*random)() % 5 == 0) {
        candidates.always.push_back(std::move(lead));
      } else if (!query.after || lead.encoded_key > query.after->encoded_key) {
        others->push_back(std::move(lead));
      }
    }
    candidates.next = [others, given = size_t{0}](std::vector<LeadAt>* some) mutable {
      for (int i = 0; i < 128 && given < others->size(); ++i) some->push_back((*others)[given++]);
      return given < others->size();
    };
    return candidates;
  }

  std::unique_ptr<state::LeadStore> store_ = state::MakeMemoryLeadStore(3);
  std::shared_ptr<const config::Definitions> definitions_ =
      config::LoadDefinitions("tenants: {\"*\": {tiers: [{name: all}]}}").definitions;
  WorkerPool pool_{2};
  std::vector<std::string> in_bern_;  // ascending
};

TEST_F(LateQueryTest, ItsPartsAreTheWholeWhereverTheyEnd) {
  std::mt19937 random(20'261'125);
  constexpr int kWalks = 30;
  int parts = 0;
  for (int walk = 0; walk < kWalks; ++walk) {
    const bool by_candidates = walk % 2 == 1;
    LeadsQuery query = Query();
    std::vector<std::string> found;
    while (true) {
      query.is_late = LateAfter(static_cast<int>(random() % 9));
      const auto take = [&found](const ListedLead& lead) {
        found.push_back(DecodeLeadKey(lead.place.encoded_key).lead);
        return true;
      };
      const Result<EndedEarly> ended =
          by_candidates ? QueryCandidates(*store_, *definitions_, query, CandidatesOf(query, &random), take)
                        : QueryLeads(*store_, *definitions_, query, &pool_, take);
      ASSERT_TRUE(ended.ok()) << ended.status().message();
      ++parts;
      if (!*ended) break;
      query.after = (*ended)->place;
    }
    EXPECT_EQ(found, in_bern_) << "walk " << walk;
  }
  EXPECT_GT(parts, 2 * kWalks);
}

TEST_F(LateQueryTest, EndsAtALeadThatTheAgentMaySee) {
  for (const char* agent : {"ben", "cid", "eve"}) {
    const auto sees = [agent](int number) { return AgentOf(number).empty() || AgentOf(number) == agent; };
    std::vector<std::string> visible, found;
    for (int number = 0; number < kLeads; ++number) {
      if (sees(number) && IsInBern(number)) visible.push_back(IdOf(number));
    }
    LeadsQuery query = Query();
    query.visible_to = agent;
    int parts = 0;
    for (EndedEarly ended; parts == 0 || ended; ++parts) {
      query.is_late = LateAfter(0);
      if (ended) query.after = ended->place;
      const auto take = [&found](const ListedLead& lead) {
        found.push_back(DecodeLeadKey(lead.place.encoded_key).lead);
        return true;
      };
      const auto result = QueryLeads(*store_, *definitions_, query, &pool_, take);
      ASSERT_TRUE(result.ok()) << result.status().message();
      ended = *result;
      if (!ended) continue;
      const std::string end = DecodeLeadKey(ended->place.encoded_key).lead;
      EXPECT_TRUE(sees(std::stoi(end.substr(end.find('-') + 1)) - 10'000)) << end << " is not for " << agent;
    }
    EXPECT_EQ(found, visible) << agent;
    EXPECT_GT(parts, 3) << agent;
  }
}

TEST_F(LateQueryTest, EndsAnywhereOnceItIsTooLate) {
  LeadsQuery query = Query();
  query.visible_to = "eve";
  query.after = LeadPlace{.order = {}, .encoded_key = EncodeLeadKey({kTenant, IdOf(350)})};
  query.is_late = LateAfter(0);
  query.is_too_late = [] { return true; };
  const auto ended = QueryLeads(*store_, *definitions_, query, &pool_, [](const ListedLead&) { return true; });
  ASSERT_TRUE(ended.ok() && *ended);
  EXPECT_GT((*ended)->place.encoded_key, query.after->encoded_key);
}

TEST_F(LateQueryTest, APageThatIsFullIsNotLate) {
  LeadsQuery query = Query();
  query.limit = 2;
  query.is_late = LateAfter(0);
  int taken = 0;
  std::mt19937 random(1);
  Candidates candidates = CandidatesOf(query, &random);
  candidates.always.clear();
  candidates.next = [this](std::vector<LeadAt>* some) {
    for (int number = 0; number < kLeads; ++number) {
      const LeadKey key{kTenant, IdOf(number)};
      some->push_back({engine::PartitionOf(key, store_->partition_count()), EncodeLeadKey(key)});
    }
    return true;
  };
  const Result<EndedEarly> ended =
      QueryCandidates(*store_, *definitions_, query, candidates, [&taken](const auto&) { return ++taken > 0; });
  ASSERT_TRUE(ended.ok());
  EXPECT_FALSE(*ended) << "the leads after the page were read, but are not in it";
  EXPECT_EQ(taken, 2);
}

TEST_F(LateQueryTest, PagesWithMostBytesAreTheWholeInEachOrder) {
  std::mt19937 random(7);
  for (int walk = 0; walk < testing::Rounds(6); ++walk) {  // 6: each order, and its leads found in each way
    LeadsQuery query = Query();
    if (walk % 3 > 0) query.order = LeadOrder{*ParseColumn("tags"), walk % 3 == 1};
    query.describe = [](const EvaluatedLead& lead, v1::LeadRow* row) {
      row->mutable_lead()->set_tier(std::string(lead.lead().key.lead.back() * 4U, 'x'));
    };
    std::vector<std::string> wanted, found;
    const auto into = [](std::vector<std::string>* ids) {
      return [ids](const ListedLead& lead) {
        ids->push_back(DecodeLeadKey(lead.place.encoded_key).lead);
        return true;
      };
    };
    ASSERT_TRUE(QueryLeads(*store_, *definitions_, query, &pool_, into(&wanted)).ok());
    query.limit = 40;
    int cut = 0;
    while (found.size() < wanted.size()) {
      query.most_bytes = 1 + random() % 9'000;
      LeadPlace last;
      size_t taken = 0;
      const auto take = [&](const ListedLead& lead) {
        last = lead.place;
        ++taken;
        return into(&found)(lead);
      };
      Candidates candidates = CandidatesOf(query.order ? LeadsQuery() : query, &random);
      candidates.in_order = !query.order;
      const Result<EndedEarly> ended = walk % 2 == 1 ? QueryCandidates(*store_, *definitions_, query, candidates, take)
                                                     : QueryLeads(*store_, *definitions_, query, &pool_, take);
      ASSERT_TRUE(ended.ok());
      ASSERT_GT(taken, 0U) << "one lead fits whatever its size";
      if (*ended) {
        ++cut;
        EXPECT_FALSE((*ended)->is_late);
        EXPECT_EQ((*ended)->place.encoded_key, last.encoded_key);
      }
      query.after = last;
    }
    EXPECT_EQ(found, wanted);
    EXPECT_TRUE(cut > 0 || (walk % 2 == 0 && !query.order)) << "without an order no rows of a visit to all wait";
  }
}

TEST_F(LateQueryTest, WithAnOrderIsRefused) {
  LeadsQuery query = Query();
  query.order = LeadOrder{*ParseColumn("score")};
  query.is_late = LateAfter(3);
  int taken = 0;
  const auto take = [&taken](const ListedLead&) { return ++taken > 0; };
  const Result<EndedEarly> ended = QueryLeads(*store_, *definitions_, query, &pool_, take);
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.status().kind(), ErrorKind::kRejected);
  EXPECT_NE(ended.status().message().find("leave out the order"), std::string::npos);
  EXPECT_EQ(taken, 0);
}

}  // namespace leadpulse::query::late_query_test
