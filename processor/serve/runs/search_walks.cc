#include "processor/serve/runs/search_walks.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/assert.h"
#include "processor/query/leads/lead_columns.h"
#include "processor/query/leads/lead_record.h"
#include "processor/serve/queries/cursor.h"
#include "processor/serve/queries/lead_queries.h"
#include "processor/serve/runs/merge.h"

namespace leadpulse::serve {
namespace {

// For one page. Each asks for twice as many leads as the one before, so only a page without some thousands is short.
constexpr int kMostAsks = 10;

// Whether a lead's place can change. Among ids it cannot, because an id never changes.
bool CanMove(const std::string& order) {
  const auto column = query::ParseColumn(order);
  if (!column.ok()) return false;
  const auto* own = std::get_if<query::OwnColumn>(&column->what);
  return own == nullptr || *own != query::OwnColumn::kLead;
}

// A page made of the answers to one or more requests.
class WalkedPage {
 public:
  WalkedPage(size_t limit, PageName before, ShownPages* shown) : limit_(limit), before_(before), shown_(*shown) {}

  // Takes the leads that were not shown before. CursorTooOld: what was shown is forgotten.
  Status Take(v1::FoundLeads found);
  bool is_full() const { return leads_.size() == limit_ || bytes_ > kPageBytes; }
  // Returns where the next page begins; nullopt: this is the last one.
  const std::optional<v1::CursorPlace>& end() const { return end_; }
  // Returns the page. Call it once, after `end`. `cursor`: of the next page.
  v1::FoundLeads Finish(const std::string& cursor) {
    answer_.set_cursor(cursor);
    return std::move(answer_);
  }
  const std::vector<LeadHash>& leads() const { return leads_; }

 private:
  // Takes what an answer says besides its leads.
  void TakeRest(v1::FoundLeads found);

  const size_t limit_;
  const PageName before_;
  ShownPages& shown_;
  v1::FoundLeads answer_;
  std::vector<LeadHash> leads_;  // the leads in `answer_`
  size_t bytes_ = 0;             // of their rows
  std::optional<v1::CursorPlace> end_;
  bool is_begun_ = false;
};

Status WalkedPage::Take(v1::FoundLeads found) {
  if (found.places_size() != found.rows_size()) return OtherVersion();
  google::protobuf::RepeatedPtrField<v1::LeadRow> rows;
  google::protobuf::RepeatedPtrField<v1::CursorPlace> places;
  rows.Swap(found.mutable_rows());
  places.Swap(found.mutable_places());
  bool has_more = !found.cursor().empty();
  TakeRest(std::move(found));
  std::vector<LeadHash> leads;
  for (const v1::CursorPlace& place : places) leads.push_back(shown_.HashOf(place.encoded_key()));
  absl::flat_hash_set<LeadHash> fresh(leads.begin(), leads.end());
  for (const LeadHash lead : leads_) fresh.erase(lead);
  if (!shown_.RemoveShown(before_, &fresh)) return CursorTooOld();
  int end = places.size() - 1;
  for (int row = 0; row < rows.size(); ++row) {
    const LeadHash lead = leads[static_cast<size_t>(row)];
    if (!fresh.contains(lead)) continue;
    if (is_full()) {
      has_more = true;
      break;
    }
    leads_.push_back(lead);
    bytes_ += query::BoundedBytes(rows[row]);
    answer_.mutable_rows()->Add(std::move(rows[row]));
    if (is_full()) end = row;
  }
  end_.reset();
  if (has_more && end >= 0) end_ = std::move(places[end]);
  return Status::Ok();
}

void WalkedPage::TakeRest(v1::FoundLeads found) {
  if (!is_begun_) {
    is_begun_ = true;
    answer_ = std::move(found);
    return;
  }
  for (const uint32_t partition : found.missing_partitions()) {
    const auto& known = answer_.missing_partitions();
    if (std::ranges::count(known, partition) == 0) answer_.add_missing_partitions(partition);
  }
}

}  // namespace

OrRefusal<v1::FoundLeads> SearchWalks::Find(const v1::FindLeads& request, const Ask& ask) {
  if (!CanMove(request.order())) return ask(request);
  LP_ASSERT(request.format().empty());
  PageName before = kNoPage;
  if (!request.cursor().empty()) {
    const Result<v1::CursorPlace> place = ReadCursor(request);
    if (!place.ok()) return ask(request);  // the run says what is wrong with it
    before = {place->shown()};
    if (before == kNoPage) return {RunRefusal{http::kGone, *CursorError(CursorTooOld())}};
  }
  WalkedPage page(request.limit(), before, &shown_);
  v1::FindLeads asked = request;
  asked.set_places(true);
  for (int asks = 1;; ++asks) {
    OrRefusal<v1::FoundLeads> answered = ask(asked);
    if (AnswerIn(answered) == nullptr) return answered;
    auto& found = std::get<v1::FoundLeads>(*answered);
    asked.set_cursor(found.cursor());
    asked.set_limit(std::min(kMaxLimit, 2 * asked.limit()));
    asked.set_count(false);
    const Status taken = page.Take(std::move(found));
    if (auto expired = CursorError(taken)) return {RunRefusal{http::kGone, *std::move(expired)}};
    LP_RETURN_IF_ERROR(taken);
    if (!page.end() || page.is_full() || asks == kMostAsks) break;
  }
  if (!page.end()) return {page.Finish("")};
  v1::CursorPlace end = *page.end();
  end.set_shown(shown_.Add(request.caller().tenant_id(), before, page.leads()).value);
  return {page.Finish(WriteCursor(end, request))};
}

Status SearchWalks::Begin(const v1::GetPipeline& request, v1::Pipeline* pipeline) {
  if (!CanMove(request.order())) return Status::Ok();
  for (v1::PipelineColumn& column : *pipeline->mutable_columns()) {
    if (column.cursor().empty()) continue;
    if (column.places_size() != column.rows_size() || column.places().empty()) return OtherVersion();
    std::vector<LeadHash> leads;
    for (const v1::CursorPlace& place : column.places()) leads.push_back(shown_.HashOf(place.encoded_key()));
    v1::CursorPlace end = *column.places().rbegin();
    end.set_shown(shown_.Add(request.caller().tenant_id(), kNoPage, std::move(leads)).value);
    column.set_cursor(WriteCursor(end, SearchOf(column, request)));
  }
  return Status::Ok();
}

}  // namespace leadpulse::serve
