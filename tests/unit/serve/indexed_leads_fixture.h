// A state whose leads are in a LeadIndex, and queries that are answered with it and without.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
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
#include "processor/serve/queries/lead_count.h"
#include "processor/serve/queries/lead_queries.h"
#include "processor/serve/queries/scan_control.h"
#include "processor/serve/queries/served_reader.h"
#include "processor/serve/runs/merge.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "state/store/forwarding_store.h"
#include "tests/support/input_files.h"
#include "tests/support/scratch_directory.h"
#include "tests/unit/serve/random_leads.h"

namespace leadpulse::serve {

inline constexpr char kIndexedDefinitions[] = R"(
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

class IndexedQueryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    definitions_ = config::LoadDefinitions(kIndexedDefinitions).definitions;
    ASSERT_NE(definitions_, nullptr);
    state::RocksDbOptions options;
    options.directory = directory_ / "state";
    options.partition_count = 3;
    options.sync = false;
    auto opened = state::OpenRocksDbLeadStore(options);
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    store_ = Over(std::move(*opened));
    watched_ = std::make_unique<state::WatchedStore>(store_.get(), &index_);
    index_.Start(store_.get(), &clock_);
  }
  void TearDown() override { index_.Stop(); }

  // Returns the store that leads are written to, over one of files.
  virtual std::unique_ptr<state::LeadStore> Over(std::unique_ptr<state::LeadStore> store) { return store; }

  // Runs on everything written so far and on `lines`.
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

  // Compares queries on one snapshot with the index and stored views and without. The time is the snapshot's clock or a
  // later one, which a live run has if one partition is behind another.
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
    if (!wanted.ok()) return;
    EXPECT_EQ(found->DebugString(), wanted->DebugString()) << request.DebugString();
  }

  void CompareSome(RandomAsker* asker, int count) {
    for (int i = 0; i < count && !HasFailure(); ++i) {
      v1::FindLeads request = asker->Find();
      Compare(FindLeads, request);
      // The next pages.
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
      count_of.set_moves_today(true);
      asker->SetCaller(count_of.mutable_caller());
      Compare(CountLeads, count_of);
      v1::CountNames names;
      asker->SetCaller(names.mutable_caller());
      names.set_kind(static_cast<v1::CountNames::Kind>(1 + asker->Up(2)));
      Compare(CountNames, names);
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

  // Runs the query on the leads of some partitions and on those of the others, as two runs do, and merges the answers.
  // The state has all of them, as after a rebalance.
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

  // Clears the parts that a report is merged from, because a merged one does not have them.
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
      auto expected = WithoutScores(*wanted), answer = WithoutScores(*merged);
      if constexpr (requires { expected.column_warnings(); }) {
        // A part may have a value in a column, in a row that is not on the whole page: then its name is right.
        for (const std::string& warning : answer.column_warnings()) {
          EXPECT_GT(std::ranges::count(expected.column_warnings(), warning), 0) << request.DebugString();
        }
        answer.clear_column_warnings();
        expected.clear_column_warnings();
      }
      EXPECT_EQ(answer.DebugString(), expected.DebugString()) << request.DebugString();
    }
  }

  testing::ScratchDirectory directory_;
  const FixedClock clock_{Instant{1'790'000'000'000}};
  std::shared_ptr<const config::Definitions> definitions_;
  LeadIndex index_{{.gathers = std::chrono::milliseconds(0)}};
  std::unique_ptr<state::LeadStore> store_;
  std::unique_ptr<state::WatchedStore> watched_;
  std::vector<std::string> inputs_;
  query::DefinitionsCache cache_;
  int64_t compared_ = 0;
  int used_ = 0;  // queries that the index answered or could have
};

}  // namespace leadpulse::serve
