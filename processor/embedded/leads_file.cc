#include "processor/embedded/leads_file.h"

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "processor/base/engagement.h"
#include "processor/embedded/output_file.h"
#include "processor/engine/lead_row.h"
#include "processor/view/view.h"
#include "state/lead_codec.h"

namespace leadpulse::embedded {
namespace {

// Rows of a partition that are made at once: enough to keep a worker busy, few enough to hold for every partition.
constexpr size_t kRowsAtOnce = 512;
constexpr size_t kStageCount = static_cast<size_t>(Stage::kArchived) + 1;

struct TenantCounts {
  uint64_t leads = 0;
  std::map<uint32_t, uint64_t> tiers;  // by index
  std::map<uint32_t, uint64_t> segments;
  std::array<uint64_t, kStageCount> stages{};

  void Count(const state::PublishedView& view) {
    ++leads;
    ++tiers[view.tier];
    ++stages[static_cast<size_t>(view.stage)];
    for (uint32_t segment : view.segments) ++segments[segment];
  }
  void Add(const TenantCounts& other) {
    leads += other.leads;
    for (auto [index, count] : other.tiers) tiers[index] += count;
    for (auto [index, count] : other.segments) segments[index] += count;
    for (size_t i = 0; i < kStageCount; ++i) stages[i] += other.stages[i];
  }
};
using CountsByTenant = std::map<std::string, TenantCounts, std::less<>>;

// The rows of one partition in order, made a few at a time.
class RowCursor {
 public:
  RowCursor(PartitionId partition, const state::LeadStore& store, const config::Definitions& definitions, Instant now)
      : partition_(partition), store_(store), definitions_(definitions), now_(now) {}

  bool NeedsRows() const { return rows_.empty() && !ended_; }
  bool TakesRows() const { return rows_.size() <= kRowsAtOnce / 2 && !ended_; }
  bool empty() const { return rows_.empty(); }
  // The lead key of the next row.
  const std::string& key() const { return rows_.front().key; }
  std::string_view row() const { return rows_.front().line; }
  void Pop() { rows_.pop_front(); }
  const CountsByTenant& counts() const { return counts_; }
  const Status& status() const { return status_; }

  void MakeRows() {
    Status visited = store_.VisitLeads(partition_, last_key_, [this](std::string_view key, std::string_view value) {
      last_key_ = key;
      status_ = MakeRow(key, value);
      return status_.ok() && rows_.size() < kRowsAtOnce;
    });
    ended_ = rows_.size() < kRowsAtOnce;
    if (status_.ok()) status_ = visited;
  }

 private:
  struct Row {
    std::string key;
    std::string line;
  };

  Status MakeRow(std::string_view key, std::string_view value) {
    size_t separator = key.find('\0');
    if (separator == std::string_view::npos) return Status::Fatal("the state holds a lead key without a tenant");
    LeadKey lead_key{std::string(key.substr(0, separator)), std::string(key.substr(separator + 1))};
    Result<state::Lead> lead = state::DecodeLead(lead_key, value);
    if (!lead.ok()) return lead.status();
    const config::TenantDefinitions& definitions = definitions_.For(lead_key.tenant);
    view::ConvertProfile(definitions, &lead->profile);
    view::View view = view::EvaluateView(*lead, definitions, now_);
    Row& row = rows_.emplace_back(Row{std::string(key), {}});
    engine::AppendLeadRow(*lead, view, definitions, &row.line);
    counts_[lead_key.tenant].Count(view.published);
    return Status::Ok();
  }

  const PartitionId partition_;
  const state::LeadStore& store_;
  const config::Definitions& definitions_;
  const Instant now_;
  std::deque<Row> rows_;
  std::string last_key_;
  bool ended_ = false;
  CountsByTenant counts_;
  Status status_;
};
using RowCursors = std::vector<std::unique_ptr<RowCursor>>;

// More than is missing just now, so that all workers have something to do.
Status MakeMissingRows(const RowCursors& cursors, WorkerPool* pool) {
  std::vector<RowCursor*> wanting;
  for (const auto& cursor : cursors) {
    if (cursor->TakesRows()) wanting.push_back(cursor.get());
  }
  pool->ForEach(wanting.size(), [&wanting](size_t i) { wanting[i]->MakeRows(); });
  for (RowCursor* cursor : wanting) LP_RETURN_IF_ERROR(cursor->status());
  return Status::Ok();
}

// Null: all are at their end.
RowCursor* CursorOfNextRow(const RowCursors& cursors) {
  RowCursor* next = nullptr;
  for (const auto& cursor : cursors) {
    if (!cursor->empty() && (next == nullptr || cursor->key() < next->key())) next = cursor.get();
  }
  return next;
}

TenantSummary Summarize(const std::string& tenant, const TenantCounts& counts,
                        const config::TenantDefinitions& definitions) {
  TenantSummary summary;
  summary.tenant = tenant;
  summary.leads = counts.leads;
  for (uint32_t i = 0; i < definitions.tiers.size(); ++i) {
    auto found = counts.tiers.find(i);
    summary.tiers.emplace_back(definitions.tiers[i].name, found == counts.tiers.end() ? 0 : found->second);
  }
  for (size_t i = 1; i < kStageCount; ++i) {
    if (counts.stages[i] > 0) summary.stages.emplace_back(StageName(static_cast<Stage>(i)), counts.stages[i]);
  }
  for (uint32_t i = 0; i < definitions.segments.size(); ++i) {
    auto found = counts.segments.find(i);
    summary.segments.emplace_back(definitions.segments[i].id, found == counts.segments.end() ? 0 : found->second);
  }
  return summary;
}

std::vector<TenantSummary> SummarizeAll(const RowCursors& cursors, const config::Definitions& definitions) {
  CountsByTenant all;
  for (const auto& cursor : cursors) {
    for (const auto& [tenant, counts] : cursor->counts()) all[tenant].Add(counts);
  }
  std::vector<TenantSummary> summaries;
  for (const auto& [tenant, counts] : all) summaries.push_back(Summarize(tenant, counts, definitions.For(tenant)));
  return summaries;
}

}  // namespace

Result<std::optional<std::vector<TenantSummary>>> WriteLeadsFile(const state::LeadStore& store,
                                                                 const config::Definitions& definitions,
                                                                 const LeadsFileOptions& options,
                                                                 const std::atomic<bool>& stop, WorkerPool* pool) {
  Result<std::unique_ptr<ReplacedFile>> file = ReplacedFile::Create(options.path, options.sync);
  if (!file.ok()) return file.status();
  RowCursors cursors;
  for (uint32_t i = 0; i < store.partition_count(); ++i) {
    cursors.push_back(std::make_unique<RowCursor>(PartitionId{i}, store, definitions, options.now));
  }
  while (true) {
    if (stop) return std::optional<std::vector<TenantSummary>>();
    LP_RETURN_IF_ERROR(MakeMissingRows(cursors, pool));
    RowCursor* next = CursorOfNextRow(cursors);
    if (next == nullptr) break;
    // Until a partition runs out of rows, after which the least key may be among those not yet made.
    for (; next != nullptr; next = next->NeedsRows() ? nullptr : CursorOfNextRow(cursors)) {
      LP_RETURN_IF_ERROR((*file)->Append(next->row()));
      next->Pop();
    }
  }
  LP_RETURN_IF_ERROR((*file)->Commit());
  return std::optional(SummarizeAll(cursors, definitions));
}

}  // namespace leadpulse::embedded
