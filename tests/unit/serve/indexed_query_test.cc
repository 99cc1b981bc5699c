// Queries answered from the index give what a pass over all leads gives, whatever was written, and while it is written.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/base/assert.h"
#include "processor/files/run.h"
#include "processor/query/state_access.h"
#include "processor/serve/index/lead_index.h"
#include "processor/serve/index/metrics_page.h"
#include "processor/serve/queries/board.h"
#include "processor/serve/queries/lead_count.h"
#include "processor/serve/queries/lead_queries.h"
#include "processor/serve/queries/manager_report.h"
#include "processor/serve/queries/query_service.h"
#include "processor/serve/queries/scan_control.h"
#include "processor/serve/queries/segment_preview.h"
#include "processor/serve/queries/served_reader.h"
#include "processor/serve/queries/tenant_queries.h"
#include "processor/serve/runs/merge.h"
#include "state/codec/lead_codec.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "state/store/watched_store.h"
#include "tests/support/input_files.h"
#include "tests/support/scratch_directory.h"
#include "tests/unit/telemetry/metrics_lines.h"

namespace leadpulse::serve::indexed_query_test {

constexpr char kDefinitions[] = R"(
tenants:
  acme:
    fields: {industry: text, employees: number}
    scoring: {rules: [{event: open, points: 2, expires_after: 20d}, {event: click, points: 7}]}
    tiers: [{name: hot, at_least: 9}, {name: warm, at_least: 2}, {name: cold}]
    segments:
      - {id: openers, rule: 'DID open IN LAST 10 days'}
      - {id: saas, rule: 'industry IS "SaaS"'}
      - {id: fans, rule: 'IN SEGMENT "openers" AND NOT IN SEGMENT "saas"'}
)";

// Random records, in the order of time.
class Writer {
 public:
  explicit Writer(uint32_t seed) : dice_(seed) {}

  void UseLeads(int count) { leads_ = count; }
  std::string Records(int count) {
    std::string lines;
    for (int i = 0; i < count; ++i) lines += Record() + "\n";
    return lines;
  }

 private:
  int Up(int end) { return static_cast<int>(dice_() % static_cast<unsigned>(end)); }
  template <size_t N>
  const char* One(const char* const (&of)[N]) {
    return of[dice_() % N];
  }

  std::string Time() {
    ++number_;
    char text[32];
    std::snprintf(text, sizeof text, "2026-%02d-%02dT%02d:%02d:00Z", 1 + number_ / 1440 / 25 % 12,
                  1 + number_ / 1440 % 25, number_ / 60 % 24, number_ % 60);
    return text;
  }
  std::string Lead() {
    const int lead = Up(leads_);
    return lead % 5 == 0 ? "p" + std::to_string(lead) + "@X.org" : "lead-" + std::to_string(lead);
  }

  std::string Record() {
    const std::string at = Time(), id = std::to_string(number_);
    const std::string tenant = Up(20) == 0 ? "blue" : "acme";
    if (Up(3) > 0) {
      static constexpr const char* kTypes[] = {"OPEN", "OPEN", "CLICK", "SENT", "DELIVERED", "UNSUBSCRIBE", "BOUNCE"};
      static constexpr const char* kCampaigns[] = {"", "", R"(,"campaignId":"spring")", R"(,"campaignId":"fall")",
                                                   R"(,"campaignId":"spring","machine":true)"};
      return R"({"event":{"tenantId":")" + tenant + R"(","leadId":")" + Lead() + R"(","eventId":"e)" + id +
             R"(","type":")" + One(kTypes) + R"(","occurredAt":")" + at + "\"" + One(kCampaigns) + "}}";
    }
    static constexpr const char* kActions[] = {
        R"("updateProfile":{"set":{"industry":"SaaS"}})",
        R"("updateProfile":{"set":{"industry":"saas","name":"Ann von Bern"}})",
        R"("updateProfile":{"set":{"industry":"Retail","employees":7}})",
        R"("updateProfile":{"set":{"first_name":"Änn","last_name":"Lee"}})",
        R"("updateProfile":{"set":{"city":"Bern","phone":4179}})",
        R"("updateProfile":{"set":{"city":5,"phone":"+41 79"}})",
        R"("updateProfile":{"unset":["industry"]})",
        R"("updateProfile":{"set":{"email":"shared@x.org"}})",
        R"("updateProfile":{"set":{"city":"A place with a name of more than sixty-four bytes, which is a long one"}})",
        R"("editTags":{"add":["VIP"]})",
        R"("editTags":{"remove":["vip"]})",
        R"("editLists":{"add":["News"]})",
        R"("editCampaigns":{"assign":["spring"]})",
        R"("editCampaigns":{"remove":["SPRING"]})",
        R"("assignAgent":{"agentId":"ben"})",
        R"("assignAgent":{"agentId":"Ben"})",
        R"("assignAgent":{"agentId":""})",
        R"("setStage":{"stage":"QUALIFIED"})",
        R"("setStage":{"stage":"CONTACTED"})",
        R"("setStage":{"stage":"LOST"})",
        R"("setDoNotContact":{"value":true})",
        R"("setDoNotContact":{"value":false})",
        R"("erase":{})"};
    return R"({"command":{"tenantId":")" + tenant + R"(","leadId":")" + Lead() + R"(","commandId":"c)" + id +
           R"(","issuedAt":")" + at + R"(",)" + One(kActions) + "}}";
  }

  std::mt19937 dice_;
  int number_ = 0;
  int leads_ = 150;
};

class Asker {
 public:
  explicit Asker(uint32_t seed) : dice_(seed) {}

  std::string Rule(int depth = 0) {
    const int kind = Up(depth < 3 ? 6 : 1);
    if (kind == 1) return "(" + Rule(depth + 1) + " AND " + Rule(depth + 1) + ")";
    if (kind == 2) return "(" + Rule(depth + 1) + " OR " + Rule(depth + 1) + ")";
    if (kind == 3) return "NOT (" + Rule(depth + 1) + ")";
    static constexpr const char* kTests[] = {
        R"(stage IS "qualified")",
        R"(stage IN ("new", "lost"))",
        R"(stage IS NOT "new")",
        R"(tier IS "HOT")",
        R"(tier IS "cold")",
        R"(status IS "unsubscribed")",
        R"(email_status IS "active")",
        "sendable IS true",
        "sendable IS NOT true",
        "do_not_contact IS false",
        R"(agent IS "BEN")",
        "agent IS SET",
        "agent IS NOT SET",
        R"(HAS TAG "Vip")",
        R"(IN LIST "news")",
        R"(IN CAMPAIGN "SPRING")",
        R"(DID open CAMPAIGN "spring")",
        R"(DID ANY click CAMPAIGN "SPRING" >= 2 TIMES)",
        R"(DID send CAMPAIGN "fall" = 0 TIMES)",
        R"(DID MACHINE open CAMPAIGN "spring" IN LAST 20 days)",
        R"(DID bounce CAMPAIGN "fall" < 2 TIMES)",
        R"(IN SEGMENT "openers")",
        R"(IN SEGMENT "saas")",
        "score >= 2",
        "score < 2.5",
        "score = 9",
        "score BETWEEN 1 AND 8",
        "score NOT BETWEEN 1 AND 8",
        R"(industry IS "SAAS")",
        R"(industry IS NOT "SaaS")",
        R"(industry IN ("saas", "retail"))",
        "industry IS SET",
        "employees > 5",
        "employees = 7",
        R"(city IS "bern")",
        R"(city IS "5")",
        "city = 5",
        R"(city CONTAINS "er")",
        R"(name STARTS WITH "ann v")",
        R"(name CONTAINS " ber")",
        R"(name CONTAINS "nn")",
        R"(first_name IS "änn")",
        R"(first_name STARTS WITH "Ä")",
        R"(NOT first_name STARTS WITH "x")",
        R"(last_name IS "lee")",
        R"(phone STARTS WITH "+41")",
        R"(phone IS "4179")",
        "phone = 4179",
        R"(email STARTS WITH "p1")",
        R"(email IS "SHARED@x.org")",
        R"(email CONTAINS "@x.org")",
        R"(name STARTS WITH "")",
        R"(city IS "a place with a name of more than sixty-four bytes, which is a long one")",
        "clicks > 1",
        R"(tags IS "vip")",
        R"(campaigns IN ("spring", "fall"))"};
    return kTests[dice_() % std::size(kTests)];
  }

  v1::FindLeads Find() {
    v1::FindLeads request;
    SetCaller(request.mutable_caller());
    if (Up(12) > 0) request.set_rule(Rule());
    static constexpr const char* kOrders[] = {"", "", "score", "score", "last_name", "stage"};
    request.set_order(kOrders[dice_() % std::size(kOrders)]);
    request.set_descending(!request.order().empty() && Up(2) == 0);
    while (!request.order().empty() && Up(3) == 0 && request.further_orders_size() < 3) {
      v1::SortColumn* further = request.add_further_orders();
      further->set_column(kOrders[2 + dice_() % (std::size(kOrders) - 2)]);
      further->set_descending(Up(2) == 0);
    }
    request.set_limit(static_cast<uint32_t>(1 + Up(Up(2) == 0 ? 5 : 60)));
    request.set_count(Up(2) == 0);
    return request;
  }

  void SetCaller(v1::Caller* caller) {
    caller->set_tenant_id(Up(10) == 0 ? "blue" : "acme");
    if (Up(3) == 0) caller->set_agent_id("ben");
  }
  int Up(int end) { return static_cast<int>(dice_() % static_cast<unsigned>(end)); }

 private:
  std::mt19937 dice_;
};

class IndexedQueryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    definitions_ = config::LoadDefinitions(kDefinitions).definitions;
    ASSERT_NE(definitions_, nullptr);
    state::RocksDbOptions options;
    options.directory = directory_ / "state";
    options.partition_count = 3;
    options.sync = false;
    auto opened = state::OpenRocksDbLeadStore(options);
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    store_ = std::move(*opened);
    watched_ = std::make_unique<state::WatchedStore>(store_.get(), &index_);
    index_.Start(store_.get(), &clock_);
  }
  void TearDown() override { index_.Stop(); }

  // Runs over all that was written so far and `lines`.
  void Write(const std::string& lines) {
    const std::string path = directory_ / ("in-" + std::to_string(inputs_.size()) + ".jsonl");
    testing::WriteFile(path, lines);
    inputs_.push_back(path);
    const std::atomic<bool> stop{false};
    files::RunOptions options;
    options.definitions = definitions_;
    options.output_directory = directory_ / "out";
    options.inputs = inputs_;
    options.workers = 2;
    options.max_epoch_records = 40;
    options.sync = false;
    const auto summary = files::RunOnFiles(options, {watched_.get(), &clock_, &stop, nullptr, -1});
    ASSERT_TRUE(summary.ok()) << summary.status().message();
  }

  void WaitForIndex() { WaitFor(&index_); }
  void WaitFor(LeadIndex* index) {
    for (int i = 0; i < 3000 && !index->is_ready(); ++i) {
      ASSERT_TRUE(index->Open(store_.get()).ok());
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ASSERT_TRUE(index->is_ready());
  }

  // Asks with the index and stored views and without, on one snapshot: as of its clock, or as of a later one, which a
  // live run has where one partition is behind another.
  template <typename Query, typename Request>
  void Compare(const Query& query, const Request& request) {
    auto opened = index_.Open(store_.get());
    ASSERT_TRUE(opened.ok());
    IndexedSnapshot& indexed = **opened;
    const auto basis = cache_.ReadBasis(indexed.rows(), [](const std::string&) {});
    ASSERT_TRUE(basis.ok());
    constexpr Millis kLater{3 * 24 * 3'600'000LL};
    const Instant now = basis->clock.value_or(Instant{0}) + kLater * (++compared_ % 5 == 0 ? compared_ % 7 : 0);
    ScanControl scans;
    Snapshot snapshot{indexed.rows(), *basis->definitions, now, &scans, &indexed, basis->stored_views};
    used_ += indexed.ForTenant(request.caller().tenant_id(), *basis->definitions) != nullptr;
    const auto found = query(snapshot, request);
    snapshot.index = nullptr;
    snapshot.stored_views = {};
    const auto wanted = query(snapshot, request);
    ASSERT_EQ(found.ok(), wanted.ok()) << request.DebugString();
    if (wanted.ok()) EXPECT_EQ(found->DebugString(), wanted->DebugString()) << request.DebugString();
  }

  void CompareSome(Asker* asker, int count) {
    for (int i = 0; i < count && !HasFailure(); ++i) {
      v1::FindLeads request = asker->Find();
      Compare(FindLeads, request);
      // The pages behind it.
      for (int page = 0; page < 3 && !HasFailure(); ++page) {
        const auto rows = store_->Snapshot();
        const auto basis = cache_.ReadBasis(**rows, [](const std::string&) {});
        const auto found =
            FindLeads(Snapshot{**rows, *basis->definitions, basis->clock.value_or(Instant{0}), nullptr}, request);
        if (!found.ok() || found->cursor().empty()) break;
        request.set_cursor(found->cursor());
        Compare(FindLeads, request);
      }
      v1::GetPipeline board;
      asker->SetCaller(board.mutable_caller());
      board.set_limit(static_cast<uint32_t>(1 + asker->Up(9)));
      if (asker->Up(2) == 0) board.set_order("score");
      board.set_descending(board.order() == "score");
      Compare(GetPipeline, board);
      v1::CountLeads count_of;
      asker->SetCaller(count_of.mutable_caller());
      Compare(CountLeads, count_of);
      v1::MakeReport report;
      asker->SetCaller(report.mutable_caller());
      static constexpr const char* kReports[] = {"pipeline", "tiers", "segments", "campaigns", "scores"};
      report.set_name(kReports[asker->Up(static_cast<int>(std::size(kReports)))]);
      Compare(MakeReport, report);
      if (asker->Up(3) > 0) continue;
      v1::PreviewSegment preview;
      asker->SetCaller(preview.mutable_caller());
      static constexpr const char* kSegments[] = {"", "openers", "saas", "fans", "new"};
      preview.set_segment_id(kSegments[asker->Up(static_cast<int>(std::size(kSegments)))]);
      preview.set_rule(asker->Rule());
      Compare(PreviewSegment, preview);
    }
  }

  // Asks for the leads of some partitions and for those of the others, as two runs do, and merges the answers. The
  // state has all, as after a rebalance.
  template <typename Query, typename Request>
  auto AskInParts(const Query& query, const Request& request, bool uses_index) {
    Request asked = request;
    if constexpr (requires { asked.set_places(true); }) asked.set_places(true);
    using Answer = std::remove_cvref_t<decltype(*query(std::declval<const Snapshot&>(), request))>;
    std::vector<Answer> parts;
    for (const std::vector<PartitionId>& served : {std::vector{PartitionId{0}, PartitionId{2}}, {PartitionId{1}}}) {
      auto opened = index_.Open(store_.get());
      LP_ASSERT(opened.ok());
      const auto basis = cache_.ReadBasis((*opened)->rows(), [](const std::string&) {});
      LP_ASSERT(basis.ok());
      Share share{served, /*hides=*/true};
      const ServedReader rows((*opened)->rows(), served);
      auto answer = query(Snapshot{rows, *basis->definitions, query::ClockIfAny(rows)->value_or(Instant{0}), nullptr,
                                   uses_index ? opened->get() : nullptr,
                                   uses_index ? basis->stored_views : query::StoredViews(), &share},
                          asked);
      if (!answer.ok()) return Result<Answer>(answer.status());
      parts.push_back(*std::move(answer));
    }
    return Merge(request, parts);
  }

  // A merged report does not have what it was merged from.
  template <typename Answer>
  static Answer WithoutScores(Answer answer) {
    if constexpr (requires { answer.clear_score_counts(); }) answer.clear_score_counts();
    return answer;
  }

  template <typename Query, typename Request>
  void CompareParts(const Query& query, const Request& request) {
    const auto rows = store_->Snapshot();
    const auto basis = cache_.ReadBasis(**rows, [](const std::string&) {});
    ASSERT_TRUE(basis.ok());
    const auto wanted =
        query(Snapshot{**rows, *basis->definitions, basis->clock.value_or(Instant{0}), nullptr}, request);
    for (const bool uses_index : {false, true}) {
      const auto merged = AskInParts(query, request, uses_index);
      ASSERT_EQ(merged.ok(), wanted.ok()) << request.DebugString();
      if (!wanted.ok()) continue;
      EXPECT_EQ(merged->DebugString(), WithoutScores(*wanted).DebugString()) << request.DebugString();
    }
  }

  testing::ScratchDirectory directory_;
  const FixedClock clock_{Instant{1'790'000'000'000}};
  std::shared_ptr<const config::Definitions> definitions_;
  LeadIndex index_{{}};
  std::unique_ptr<state::LeadStore> store_;
  std::unique_ptr<state::WatchedStore> watched_;
  std::vector<std::string> inputs_;
  query::DefinitionsCache cache_;
  int64_t compared_ = 0;
  int used_ = 0;  // queries that the index answered or could have
};

TEST_F(IndexedQueryTest, AnswersAsAPassOverAllLeadsDoes) {
  const uint32_t seed = 20'261'125;
  Writer writer(seed);
  Asker asker(seed);
  Write(writer.Records(1'500));
  WaitForIndex();
  for (int round = 0; round < 6 && !HasFailure(); ++round) {
    CompareSome(&asker, 60);
    Write(writer.Records(round % 2 == 0 ? 30 : 700));
  }
  CompareSome(&asker, 60);
  EXPECT_GT(used_, 500);
}

TEST_F(IndexedQueryTest, AnswersOfTwoRunsAreTogetherThoseOfOne) {
  Writer writer(11);
  Asker asker(11);
  Write(writer.Records(1'500));
  WaitForIndex();
  for (int i = 0; i < 60 && !HasFailure(); ++i) {
    v1::FindLeads request = asker.Find();
    if (i % 4 == 0) {
      request.set_format("csv");
      request.add_columns("lead");
    }
    CompareParts(FindLeads, request);
    v1::GetPipeline board;
    asker.SetCaller(board.mutable_caller());
    board.set_limit(static_cast<uint32_t>(1 + asker.Up(9)));
    CompareParts(GetPipeline, board);
    v1::CountLeads count_of;
    asker.SetCaller(count_of.mutable_caller());
    CompareParts(CountLeads, count_of);
  }
  for (const char* name : {"pipeline", "tiers", "segments", "campaigns", "scores"}) {
    v1::MakeReport report;
    asker.SetCaller(report.mutable_caller());
    report.set_name(name);
    CompareParts(MakeReport, report);
  }
}

TEST_F(IndexedQueryTest, AnswersSoWhileLeadsAreWritten) {
  const uint32_t seed = 7;
  Writer writer(seed);
  Asker asker(seed);
  Write(writer.Records(1'500));
  WaitForIndex();
  std::atomic<bool> done{false};
  std::thread writes([&] {
    while (!done) Write(writer.Records(400));
  });
  for (int i = 0; i < 25 && !HasFailure(); ++i) CompareSome(&asker, 1);
  done = true;
  writes.join();
  CompareSome(&asker, 30);
  EXPECT_GT(used_, 60);
}

// Compares an estimate with the exact count. Returns whether it was an estimate.
bool IsEstimated(const Snapshot& snapshot, const query::LeadsQuery& query) {
  constexpr uint64_t kBound = 100;
  const CountPlan plan = PlanCount(snapshot, query);
  const auto exact = Count(snapshot, plan);
  const auto estimate = EstimateCount(snapshot, PlanCount(snapshot, query), kBound);
  EXPECT_TRUE(exact.ok() && estimate.ok());
  EXPECT_FALSE(exact->is_estimate);
  if (estimate->is_estimate) {
    EXPECT_GT(exact->leads, kBound);
    EXPECT_GT(estimate->leads, kBound);
    EXPECT_NEAR(static_cast<double>(estimate->leads), static_cast<double>(exact->leads), 300);  // of 1,300 leads
  } else {
    EXPECT_EQ(estimate->leads, exact->leads);
  }
  return estimate->is_estimate;
}

TEST_F(IndexedQueryTest, AnEstimateIsExactUpToItsBound) {
  Writer writer(11);
  Asker asker(11);
  writer.UseLeads(1'500);
  Write(writer.Records(4'000));
  WaitForIndex();
  const auto opened = index_.Open(store_.get());
  ASSERT_TRUE(opened.ok());
  IndexedSnapshot& indexed = **opened;
  const auto clock = query::ClockIfAny(indexed.rows());
  ASSERT_TRUE(clock.ok());
  Snapshot snapshot{indexed.rows(), *definitions_, clock->value_or(Instant{0}), nullptr, &indexed};
  int estimates = 0;
  for (int i = 0; i < 300 && !HasFailure(); ++i) {
    const std::string rule = asker.Rule();
    const auto checked = query::WhereRule::Check(rule, *definitions_, {"acme"}, "rule");
    ASSERT_NE(checked.rule, nullptr) << rule;
    query::LeadsQuery query{.tenant = "acme", .wheres = {checked.rule}, .at = snapshot.clock};
    if (i % 3 == 0) query.visible_to = "ben";
    SCOPED_TRACE(rule);
    estimates += IsEstimated(snapshot, query) ? 1 : 0;
  }
  EXPECT_GT(estimates, 5);
  snapshot.index = nullptr;
  EXPECT_FALSE(IsEstimated(snapshot, {.tenant = "acme", .at = snapshot.clock}));
}

TEST_F(IndexedQueryTest, QueriesSayThatLeadsAreBeingIndexed) {
  Writer writer(3);
  ASSERT_NO_FATAL_FAILURE(Write(writer.Records(300)));
  LeadIndex of_many({.few_leads = 10}), of_few({});
  EXPECT_EQ((*of_many.Open(store_.get()))->indexing(), 0U);
  EXPECT_EQ((*of_few.Open(store_.get()))->indexing(), std::nullopt);
  of_many.Start(store_.get(), &clock_);
  WaitFor(&of_many);
  EXPECT_EQ((*of_many.Open(store_.get()))->indexing(), std::nullopt);
}

TEST_F(IndexedQueryTest, MetricsTellOfTheIndexAndItsQueries) {
  Writer writer(3);
  ASSERT_NO_FATAL_FAILURE(Write(writer.Records(300)));
  telemetry::MetricsPage page;
  AddIndexMetrics(&index_, &page);
  const auto value = [&page](const std::string& name) {
    return ParseMetrics(page.Text()).at("leadpulse_index_" + name).samples.at("");
  };
  QueryParts parts;
  parts.index = &index_;
  v1::CountLeads query;
  query.mutable_caller()->set_tenant_id("acme");
  const auto count = [&] {
    const http::Answer answer = AnswerQuery("/leads/count", query.SerializeAsString(), store_.get(), &parts);
    EXPECT_EQ(answer.code, http::kOk);
  };
  EXPECT_EQ(value("leads"), 0);
  count();
  EXPECT_EQ(value("passes_total"), 1);
  WaitForIndex();
  count();
  count();
  EXPECT_EQ(value("passes_total"), 1);
  EXPECT_EQ(value("queries_total"), 2);
  EXPECT_EQ(value("filling"), 0);
  EXPECT_GT(value("leads"), 50);
  EXPECT_GT(value("memory_bytes"), 200 * value("leads"));
  index_.Stop();
  EXPECT_EQ(value("pending_leads"), 0);
  const state::LeadWrite gone{PartitionId{0}, EncodeLeadKey({"acme", "nobody"}), std::nullopt};
  ASSERT_TRUE(watched_->Commit({.leads = {gone}}).ok());
  EXPECT_EQ(value("pending_leads"), 1);
  ExpectOnMetricsPage(IndexMetricTable());
}

// Below another watcher: called when that one knows of a commit, and before it knows that the commit has ended.
class CommitHooks : public state::CommitWatcher {
 public:
  uint64_t Begun(const state::EpochWrite& /*write*/) override {
    before();
    return 0;
  }
  uint64_t BegunIngest(PartitionId /*partition*/) override { return 0; }
  void Ended(uint64_t /*number*/, const Status& /*written*/) override { after(); }

  std::function<void()> before, after;
};

TEST_F(IndexedQueryTest, AnswersSoWhenTheIndexHasForeseenTheCommits) {
  uint64_t foreseen = 0;
  CommitHooks hooks;
  hooks.before = [&] {
    for (int i = 0; i < 50 && index_.foreseen() < index_.pending() / 2; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    foreseen += index_.foreseen();
  };
  hooks.after = [] {};
  state::WatchedStore below(store_.get(), &hooks);
  watched_ = std::make_unique<state::WatchedStore>(&below, &index_);
  Writer writer(13);
  Asker asker(13);
  Write(writer.Records(1'500));
  WaitForIndex();
  for (int round = 0; round < 6 && !HasFailure(); ++round) {
    Write(writer.Records(200));
    CompareSome(&asker, 30);
  }
  EXPECT_GT(foreseen, 200);
}

// A query reads uncertain leads again, which takes most of its time.
TEST_F(IndexedQueryTest, ACommitMakesLeadsUncertainWhileItIsVisibleAndNotIndexed) {
  Writer writer(3);
  ASSERT_NO_FATAL_FAILURE(Write(writer.Records(300)));
  WaitForIndex();
  CommitHooks hooks;
  state::WatchedStore below(store_.get(), &hooks), watched(&below, &index_);
  const auto uncertain = [this] { return (*index_.Open(store_.get()))->uncertain().size(); };
  hooks.before = [&] { EXPECT_EQ(uncertain(), 0); };
  hooks.after = [&] { EXPECT_EQ(uncertain(), 1); };
  const state::LeadWrite gone{PartitionId{0}, EncodeLeadKey({"acme", "lead-1"}), std::nullopt};
  ASSERT_TRUE(watched.Commit({.leads = {gone}}).ok());
  for (int i = 0; i < 3000 && index_.pending() > 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(uncertain(), 0);
}

// Leads that are not there.
state::EpochWrite DeletesOf(int leads) {
  state::EpochWrite write;
  for (int i = 0; i < leads; ++i) {
    write.leads.push_back({PartitionId{0}, EncodeLeadKey({"acme", std::to_string(i)}), std::nullopt});
  }
  return write;
}

TEST_F(IndexedQueryTest, AQueryWaitsUntilTheCommitsBeforeItAreIndexed) {
  Writer writer(3);
  ASSERT_NO_FATAL_FAILURE(Write(writer.Records(300)));
  WaitForIndex();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(watched_->Commit(DeletesOf(2'000)).ok());
    EXPECT_EQ((*index_.Open(store_.get()))->uncertain().size(), 0);
  }
  EXPECT_TRUE(index_.is_in_use());
}

TEST_F(IndexedQueryTest, AQueryDoesNotWaitLongForTheIndex) {
  Writer writer(3);
  ASSERT_NO_FATAL_FAILURE(Write(writer.Records(300)));
  EXPECT_FALSE(index_.is_in_use());
  LeadIndex impatient({.longest_wait = std::chrono::milliseconds(20), .in_use = std::chrono::milliseconds(1)});
  state::WatchedStore watched(store_.get(), &impatient);
  impatient.Start(store_.get(), &clock_);
  WaitFor(&impatient);
  auto held = impatient.Open(store_.get());  // the index cannot change
  ASSERT_TRUE(watched.Commit(DeletesOf(200)).ok());
  const auto other = std::async(std::launch::async, [&] { return impatient.Open(store_.get()); });
  other.wait();
  EXPECT_EQ(impatient.pending(), 200);
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_FALSE(impatient.is_in_use());
  (*held)->Release();
}

TEST_F(IndexedQueryTest, TheTermsOfAProfileStayOnlyIfTheIndexHasThatProfile) {
  Writer writer(3);
  ASSERT_NO_FATAL_FAILURE(Write(writer.Records(300)));
  WaitForIndex();
  state::LeadWrite write{PartitionId{0}};
  const auto take = [&write](std::string_view key, std::string_view value) {
    write.key = key;
    write.value = value;
    return false;  // one is enough
  };
  ASSERT_TRUE(store_->VisitLeads(write.partition, EncodeLeadKey({"acme", "lead"}), take).ok());
  state::LeadWrite of_zebra = write;
  state::Lead lead = *state::DecodeLead(DecodeLeadKey(write.key), *write.value);
  lead.profile.attributes["industry"].sent = std::string("Zebra");
  of_zebra.value = state::EncodeLead(lead);
  const auto wait_for = [this](uint64_t pending) {
    for (int i = 0; i < 3000 && index_.pending() != pending; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ASSERT_EQ(index_.pending(), pending);
  };
  wait_for(0);
  auto held = index_.Open(store_.get());  // the index cannot change
  index_.Ended(index_.Begun({.leads = {write}}), Status::Ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  // The second one is foreseen before the index has the first one.
  index_.Ended(index_.Begun({.leads = {of_zebra}}), Status::Ok());
  const uint64_t back = index_.Begun({.leads = {write}});
  (*held)->Release();
  wait_for(1);
  index_.Ended(back, Status::Ok());
  wait_for(0);
  held = index_.Open(store_.get());
  const TenantIndex* index = (*held)->ForTenant("acme", *definitions_);
  EXPECT_EQ(index->CountWith(TermOf(TermKind::kValue, "industry", "zebra")), 0);
}

TEST_F(IndexedQueryTest, OtherDefinitionsAreIndexedAnew) {
  Writer writer(3);
  Asker asker(3);
  Write(writer.Records(800));
  WaitForIndex();
  std::string other = kDefinitions;
  other.replace(other.find("industry IS \"SaaS\""), 18, "industry IS SET   ");
  definitions_ = config::LoadDefinitions(other).definitions;
  ASSERT_NE(definitions_, nullptr);
  Write(writer.Records(50));
  CompareSome(&asker, 40);
  WaitForIndex();
  used_ = 0;
  CompareSome(&asker, 40);
  EXPECT_GT(used_, 40);
}

TEST_F(IndexedQueryTest, AnIndexThatCannotKeepUpIsDropped) {
  index_.Stop();
  LeadIndex small({.most_uncertain = 50});
  state::WatchedStore watched(store_.get(), &small);
  Writer writer(5);
  Write(writer.Records(300));
  small.Start(store_.get(), &clock_);
  WaitFor(&small);
  ASSERT_TRUE(watched.Commit(DeletesOf(60)).ok());
  const auto opened = small.Open(store_.get());
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ((*opened)->ForTenant("acme", *definitions_), nullptr);
  small.Stop();
}

}  // namespace leadpulse::serve::indexed_query_test
