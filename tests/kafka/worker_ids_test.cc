// No two workers of a cluster have the same id.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "processor/kafka/client/rdkafka_connection.h"

namespace leadpulse::kafka::worker_ids_test {

// Ids of real deployments. If they changed, the transactions of a killed process would have to time out.
TEST(WorkerIdsTest, WithoutAHyphenTheIdsAreThoseOfEarlierVersions) {
  EXPECT_EQ(TransactionalId("leadpulse", "1", 0), "leadpulse-1-0");
  EXPECT_EQ(TransactionalId("lead_eu.2", "host.example.org", 12), "lead_eu.2-host.example.org-12");
  EXPECT_EQ(GroupInstanceId("leadpulse", "1", 0), "leadpulse-1-0");
  EXPECT_EQ(GroupInstanceId("lead-eu", "host-1", 3), "lead-eu-host-1-3");
}

TEST(WorkerIdsTest, WithAHyphenTheApplicationsLengthTellsThemApart) {
  EXPECT_EQ(TransactionalId("lead", "eu-1", 0), "lead-eu-1-0.4");
  EXPECT_EQ(TransactionalId("lead-eu", "1", 0), "lead-eu-1-0.7");
}

// Returns all names of up to `most` of the characters that could be confused with separators.
std::vector<std::string> Names(size_t most) {
  std::vector<std::string> names{""};
  for (size_t from = 0; from < names.size() && names[from].size() < most; ++from) {
    for (const char c : {'a', '1', '-', '.'}) names.push_back(names[from] + c);
  }
  names.erase(names.begin());
  return names;
}

TEST(WorkerIdsTest, NoTwoWorkersShareATransactionalId) {
  std::set<std::string> ids;
  size_t workers = 0;
  for (const std::string& application : Names(4)) {
    for (const std::string& instance : Names(4)) {
      for (const size_t worker : {0, 1, 11}) {
        ++workers;
        EXPECT_TRUE(ids.insert(TransactionalId(application, instance, worker)).second)
            << application << " " << instance << " " << worker;
      }
    }
  }
  EXPECT_EQ(ids.size(), workers);
}

// An earlier version may run beside this one, as another application. Its ids never end like these.
TEST(WorkerIdsTest, NoIdWithALengthIsOneOfAnEarlierVersion) {
  std::set<std::string> earlier;
  for (const std::string& application : Names(4)) {
    for (const std::string& instance : Names(4)) {
      for (const size_t worker : {0, 1, 11}) earlier.insert(GroupInstanceId(application, instance, worker));
    }
  }
  for (const std::string& application : Names(3)) {
    for (const std::string& instance : Names(3)) {
      const std::string id = TransactionalId(application, instance, 1);
      const bool has_length = id != GroupInstanceId(application, instance, 1);
      EXPECT_FALSE(has_length && earlier.contains(id)) << id;
    }
  }
}

TEST(WorkerIdsTest, NoTwoWorkersOfAnApplicationShareAGroupInstanceId) {
  for (const std::string application : {"a", "a-1", "-"}) {
    std::set<std::string> ids;
    for (const std::string& instance : Names(4)) {
      for (const size_t worker : {0, 1, 11}) {
        EXPECT_TRUE(ids.insert(GroupInstanceId(application, instance, worker)).second) << instance << " " << worker;
      }
    }
  }
}

}  // namespace leadpulse::kafka::worker_ids_test
