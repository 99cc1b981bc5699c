#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/serve/queries/lead_queries.h"
#include "processor/serve/runs/merge.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::serve::merge_duplicates_test {

using ::testing::ElementsAre;

// Runs that know which leads may receive mail.
class FakeRuns {
 public:
  explicit FakeRuns(std::vector<std::set<std::string>> sendable) : sendable_(std::move(sendable)) {}

  OrRefusal<v1::SendableLeads> Ask(const v1::FindSendable& request) {
    questions_.push_back(request.lead_ids_size());
    if (fails_) return Status::Retriable("no run answers");
    std::vector<v1::SendableLeads> parts(sendable_.size());
    for (size_t run = 0; run < sendable_.size(); ++run) {
      for (const std::string& id : request.lead_ids()) {
        if (sendable_[run].contains(id)) parts[run].add_lead_ids(id);
      }
    }
    LP_ASSIGN_OR_RETURN(v1::SendableLeads answer, Merge(request, parts));
    answer.mutable_missing_partitions()->Add(missing_.begin(), missing_.end());
    return {std::move(answer)};
  }
  Status AddTo(v1::Duplicates* page) {
    const auto added = AddAbsentLeads(
        v1::Caller(), [this](const v1::FindSendable& request) { return Ask(request); }, *page);
    EXPECT_TRUE(!added.ok() || AnswerIn(added) != nullptr);
    if (const v1::Duplicates* answer = AnswerIn(added)) *page = *answer;
    return added.status();
  }

  std::vector<int> questions_;  // the number of leads of each
  std::vector<uint32_t> missing_;
  bool fails_ = false;

 private:
  const std::vector<std::set<std::string>> sendable_;
};

void AddAddress(const std::string& address, uint64_t sendable, const std::vector<std::string>& absent,
                v1::Duplicates* page) {
  v1::SharedAddress* added = page->add_addresses();
  added->set_address(address);
  added->set_sendable(sendable);
  added->mutable_absent()->Add(absent.begin(), absent.end());
}

TEST(SharedAddressesTest, EachCountsWhereItsRunSaysThatItMayBeMailed) {
  FakeRuns runs({{"1", "3"}, {"4"}});
  v1::Duplicates page;
  AddAddress("a@x.example", 2, {"1", "2"}, &page);
  AddAddress("b@x.example", 0, {"3", "4"}, &page);
  AddAddress("c@x.example", 5, {}, &page);
  ASSERT_TRUE(runs.AddTo(&page).ok());
  EXPECT_EQ(page.addresses(0).sendable(), 3U);
  EXPECT_EQ(page.addresses(1).sendable(), 2U);
  EXPECT_EQ(page.addresses(2).sendable(), 5U);
  EXPECT_TRUE(page.addresses(0).absent().empty());
  EXPECT_THAT(runs.questions_, ElementsAre(4));
}

TEST(SharedAddressesTest, AQuestionIsAboutAThousandLeads) {
  std::set<std::string> sendable;
  std::vector<std::string> absent;
  for (int i = 0; i < 2'500; ++i) absent.push_back(std::to_string(i));
  sendable.insert(absent.begin(), absent.end());
  FakeRuns runs({sendable, {}});
  v1::Duplicates page;
  AddAddress("a@x.example", 0, absent, &page);
  ASSERT_TRUE(runs.AddTo(&page).ok());
  EXPECT_EQ(page.addresses(0).sendable(), 2'500U);
  EXPECT_THAT(runs.questions_, ElementsAre(1'000, 1'000, 500));
}

TEST(SharedAddressesTest, NobodyIsAskedAboutNoLeads) {
  FakeRuns runs(std::vector<std::set<std::string>>(1));
  runs.fails_ = true;
  v1::Duplicates page;
  AddAddress("a@x.example", 2, {}, &page);
  EXPECT_TRUE(runs.AddTo(&page).ok());
  EXPECT_THAT(runs.questions_, ElementsAre());
}

TEST(SharedAddressesTest, AnAgentIsNotToldWhoMayBeMailed) {
  const std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(1);
  const auto definitions = config::LoadDefinitions(config::DefaultDefinitionsText()).definitions;
  const Snapshot snapshot{*store, *definitions, Instant{0}, nullptr};
  v1::FindSendable request;
  request.mutable_caller()->set_tenant_id("acme");
  EXPECT_TRUE(FindSendable(snapshot, request).ok());
  request.mutable_caller()->set_agent_id("ben");
  EXPECT_FALSE(FindSendable(snapshot, request).ok());
}

TEST(SharedAddressesTest, ThePageSaysWhatIsMissing) {
  FakeRuns runs(std::vector<std::set<std::string>>(1));
  runs.missing_ = {2, 5};
  v1::Duplicates page;
  page.add_missing_partitions(3);
  page.add_missing_partitions(5);
  AddAddress("a@x.example", 2, {"1"}, &page);
  ASSERT_TRUE(runs.AddTo(&page).ok());
  EXPECT_THAT(page.missing_partitions(), ElementsAre(2, 3, 5));
  AddAddress("b@x.example", 2, {"1"}, &page);
  runs.fails_ = true;
  EXPECT_EQ(runs.AddTo(&page).kind(), ErrorKind::kRetriable);
}

}  // namespace leadpulse::serve::merge_duplicates_test
