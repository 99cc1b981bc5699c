// Jobs: the part that outlives the process, and the part that remains at their end.
#include "processor/serve/access/job_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/unit/serve/access_directory.h"

namespace leadpulse::access::job_log_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Job BulkJob(const std::string& id, const std::string& tenant = "acme", const std::string& who = "token:1") {
  return {id, tenant, who, JobKind::kBulk, "hash", "what to do", kNow};
}

class JobLogTest : public ::testing::Test {
 protected:
  JobLog log() { return {files_.database.get(), files_.audit.get()}; }
  void Add(const Job& job) { ASSERT_EQ(*log().Add(job, "bulk.start"), std::nullopt); }
  Job Found(const std::string& id) { return (*log().Find("acme", id)).value_or(Job{}); }
  int64_t AuditLines() { return files_.audit->CheckChain()->lines; }
  AccessDirectory files_;
};

TEST_F(JobLogTest, AnIdIsOneJobOfItsTenant) {
  const int64_t before = AuditLines();
  Add(BulkJob("j"));
  const auto earlier = log().Add(BulkJob("j"), "bulk.start");
  ASSERT_TRUE(earlier.ok() && earlier->has_value());
  EXPECT_EQ((*earlier)->request_hash, "hash");
  EXPECT_EQ(AuditLines(), before + 1);
  EXPECT_EQ(*log().Find("blue", "j"), std::nullopt);
  EXPECT_EQ(*log().Cancel("blue", "j", "kim", kNow), std::nullopt);
  EXPECT_FALSE(Found("j").cancelling);
}

TEST_F(JobLogTest, APageOutlivesTheProcessAndIsInTheAuditLog) {
  Add(BulkJob("j"));
  Job job = Found("j");
  job.state = JobState::kRunning;
  job.place = "after bob";
  job.page = "ann, bob";
  job.total = 5;
  job.as_of = kNow;
  ASSERT_TRUE(log().StartPage(job, "bulk.tags", {"ann", "bob"}, kNow).ok());
  files_.Open();
  EXPECT_EQ(Found("j"), job);
  const auto lines = files_.audit->Lines({.tenant = "acme", .who = "", .action = "bulk.tags", .lead = {}}, 1'000, 10);
  ASSERT_TRUE(lines.ok());
  ASSERT_EQ(lines->size(), 2U);
  EXPECT_EQ(lines->front().entry.subject, "bob");
  EXPECT_EQ(lines->front().entry.who, "token:1");
}

TEST_F(JobLogTest, AJobThatIsOverHoldsNoIds) {
  Add(BulkJob("j"));
  Job job = Found("j");
  job.page = job.place = "ann";
  job.state = JobState::kDone;
  job.done = 3;
  job.wrong = 1;
  job.reasons = "final_stage";
  job.result = "j.csv";
  job.ended = kNow;
  ASSERT_TRUE(log().Store(&job).ok());
  const Job stored = Found("j");
  EXPECT_EQ(stored.request + stored.page + stored.place, "");
  EXPECT_EQ(std::pair(stored.done, stored.wrong), std::pair(int64_t{3}, int64_t{1}));
  EXPECT_EQ(stored.reasons + stored.result, "final_stagej.csv");
  EXPECT_TRUE(log().Active()->empty());
}

TEST_F(JobLogTest, CancellingIsLeftToTheWorker) {
  Add(BulkJob("j"));
  Job job = Found("j");
  ASSERT_TRUE((*log().Cancel("acme", "j", "kim", kNow))->cancelling);
  // The worker read it before, and stores its progress.
  job.done = 2;
  ASSERT_TRUE(log().Store(&job).ok());
  EXPECT_TRUE(Found("j").cancelling);
  EXPECT_EQ(Found("j").state, JobState::kPending);
  const int64_t lines = AuditLines();
  ASSERT_TRUE(log().Cancel("acme", "j", "kim", kNow).ok());
  EXPECT_EQ(AuditLines(), lines);
}

TEST_F(JobLogTest, AnExportThatWasCancelledOnItsLastPageHasNoFile) {
  for (const JobKind kind : {JobKind::kExport, JobKind::kBulk}) {
    const std::string id(NameOf(kind));
    Job job = BulkJob(id);
    job.kind = kind;
    Add(job);
    job = Found(id);
    ASSERT_TRUE(log().Cancel("acme", id, "erasure", kNow).ok());
    job.state = JobState::kDone;
    job.ended = kNow;
    job.result = "file";
    ASSERT_TRUE(log().Store(&job).ok());
    const bool is_export = kind == JobKind::kExport;
    EXPECT_EQ(job.state, is_export ? JobState::kCancelled : JobState::kDone);
    EXPECT_EQ(Found(id).state, job.state);
    EXPECT_EQ(Found(id).result, is_export ? "" : "file");
  }
}

TEST_F(JobLogTest, ATenantHasSoManyJobsAtOnce) {
  for (int64_t i = 0; i < kMostJobs; ++i) Add(BulkJob(std::to_string(i)));
  const auto refused = log().Add(BulkJob("more"), "bulk.start");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().kind(), ErrorKind::kRejected);
  EXPECT_THAT(refused.status().message(), HasSubstr("cancel one"));
  Add(BulkJob("other", "blue"));
  Job job = Found("3");
  job.state = JobState::kCancelled;
  job.ended = kNow;
  ASSERT_TRUE(log().Store(&job).ok());
  Add(BulkJob("more"));
}

TEST_F(JobLogTest, UploadsThatNobodyRunsTakeNoPlaceOfJobs) {
  const auto upload = [](const std::string& id, const std::string& who, int64_t at) {
    Job job = BulkJob(id, "acme", who);
    job.kind = JobKind::kImport;
    job.state = JobState::kUploaded;
    job.created = kNow + Millis{at};
    return job;
  };
  for (int64_t i = 0; i < kMostUploads; ++i) {
    Add(upload("u" + std::to_string(i), i % 2 == 0 ? "kim" : "mia", kMostUploads - i));
  }
  for (int64_t i = 1; i < kMostJobs; ++i) Add(BulkJob(std::to_string(i)));
  // The oldest of the same user makes room.
  Add(upload("more", "kim", 100));
  EXPECT_TRUE(Found("u8").cancelling);
  EXPECT_FALSE(Found("u9").cancelling);
  const auto refused = log().Add(upload("other", "eve", 101), "import.upload");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().kind(), ErrorKind::kRejected);
  EXPECT_THAT(refused.status().message(), HasSubstr("of other users"));
  // One that is run is a job.
  ASSERT_TRUE(*log().Run(upload("u1", "mia", 0), "import.run", kNow));
  const auto too_many = log().Run(upload("u3", "mia", 0), "import.run", kNow);
  ASSERT_FALSE(too_many.ok());
  EXPECT_EQ(too_many.status().kind(), ErrorKind::kRejected);
}

TEST_F(JobLogTest, ListsTheLatestFirstAndForgetsOldOnes) {
  for (const char* id : {"a", "b", "c"}) {
    Job job = BulkJob(id, "acme", id == std::string("b") ? "token:2" : "token:1");
    job.created = kNow + Millis{id[0]};
    Add(job);
  }
  const auto ids = [](const Result<std::vector<Job>>& jobs) {
    std::vector<std::string> names;
    for (const Job& job : *jobs) names.push_back(job.id);
    return names;
  };
  EXPECT_THAT(ids(log().List("acme", "", 10)), ElementsAre("c", "b", "a"));
  EXPECT_THAT(ids(log().List("acme", "token:1", 1)), ElementsAre("c"));
  EXPECT_THAT(ids(log().Active()), ElementsAre("a", "b", "c"));
  Job job = Found("a");
  job.state = JobState::kDone;
  job.ended = kNow;
  ASSERT_TRUE(log().Store(&job).ok());
  EXPECT_TRUE(log().Old(kNow + kJobsKept)->empty());
  const Instant later = kNow + kJobsKept + Millis{1};
  EXPECT_THAT(ids(log().Old(later)), ElementsAre("a"));
  ASSERT_TRUE(log().Forget(job, later).ok());
  EXPECT_THAT(ids(log().List("acme", "", 10)), ElementsAre("c", "b"));
}

// A start that is sent again days later is still the same job.
TEST_F(JobLogTest, AJobOutlivesItsFile) {
  Job upload = BulkJob("u"), job = BulkJob("a");
  upload.state = JobState::kUploaded;
  job.kind = JobKind::kExport;
  Add(upload);
  Add(job);
  job.state = JobState::kDone;
  job.ended = kNow;
  job.result = "a.csv";
  ASSERT_TRUE(log().Store(&job).ok());
  EXPECT_TRUE(log().Old(kNow + kJobFilesKept)->empty());
  const Instant later = kNow + kJobFilesKept + Millis{1};
  const auto old = log().Old(later);
  ASSERT_TRUE(old.ok() && old->size() == 2);
  for (const Job& each : *old) ASSERT_TRUE(log().Forget(each, later).ok());
  EXPECT_TRUE(log().Old(later)->empty());
  EXPECT_EQ(Found("a").request_hash, "hash");
  EXPECT_EQ(Found("a").result, "");
  EXPECT_EQ(*log().Find("acme", "u"), std::nullopt);
}

}  // namespace leadpulse::access::job_log_test
