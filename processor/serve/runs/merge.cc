#include "processor/serve/runs/merge.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "processor/query/duplicates/duplicates.h"
#include "processor/query/leads/leads_query.h"
#include "processor/serve/queries/cursor.h"
#include "processor/serve/queries/lead_queries.h"

namespace leadpulse::serve {

Status OtherVersion() {
  return Status::Retriable("a run answered what this program does not understand; are all of one version?");
}

namespace {

// Where the row of a part stands.
struct PlacedRow {
  query::LeadPlace place;
  const v1::CursorPlace* written;
  size_t part;
  int row;
};

// The rows of one page of several parts.
class MergedPage {
 public:
  MergedPage(size_t limit, bool descending, const FurtherOrders& further)
      : limit_(limit), descending_(descending), further_(further) {}

  // Adds a `message`, which outlives this, with a place for each of `rows`, and a cursor if its part has further rows.
  template <typename Message>
  Status Add(size_t part, const Message& message, int rows) {
    if (message.places_size() != rows) return OtherVersion();
    for (int row = 0; row < rows; ++row) {
      std::optional<query::LeadPlace> place = LeadPlaceOf(message.places(row), further_);
      if (!place) return OtherVersion();
      rows_.push_back({*std::move(place), &message.places(row), part, row});
    }
    if (message.cursor().empty()) return Status::Ok();
    has_more_ = true;
    // A page that is full, by its leads or its bytes, has none behind its last one. A late one has looked further.
    bool is_late = false;
    if constexpr (requires { message.late_at(); }) is_late = message.has_late_at();
    return is_late || rows == 0 ? Status::Ok() : EndAt(message.places(rows - 1));
  }

  // Notes that a part, which outlives this, has not looked at the leads behind this place.
  Status EndAt(const v1::CursorPlace& late_at) {
    std::optional<query::LeadPlace> place = LeadPlaceOf(late_at, further_);
    if (!place) return OtherVersion();
    if (!late_ || query::ComesBefore(*place, late_->place, descending_)) late_ = {*std::move(place), &late_at, 0, 0};
    return Status::Ok();
  }

  // Returns the rows of the page, in order. Call it once.
  const std::vector<PlacedRow>& Finish() {
    if (late_) {
      std::erase_if(rows_,
                    [this](const PlacedRow& row) { return query::ComesBefore(late_->place, row.place, descending_); });
    }
    std::ranges::sort(rows_, [this](const PlacedRow& a, const PlacedRow& b) {
      return query::ComesBefore(a.place, b.place, descending_);
    });
    has_more_ = has_more_ || rows_.size() > limit_;
    if (rows_.size() > limit_) rows_.erase(rows_.begin() + static_cast<std::ptrdiff_t>(limit_), rows_.end());
    return rows_;
  }
  // Returns, after Finish, where the page ends; null if there is no further one.
  const v1::CursorPlace* end() const {
    if (late_ && rows_.size() < limit_) return late_->written;
    return has_more_ && !rows_.empty() ? rows_.back().written : nullptr;
  }

 private:
  const size_t limit_;
  const bool descending_;
  const FurtherOrders& further_;
  std::vector<PlacedRow> rows_;
  std::optional<PlacedRow> late_;  // a place without a row: the first at which a part was late
  bool has_more_ = false;
};

// The rows of `text`, and the header before them.
struct CutText {
  std::string header;
  std::vector<std::string> rows;
};

Result<CutText> CutRows(const v1::FoundLeads& part) {
  size_t size = 0;
  for (const uint32_t bytes : part.text_bytes()) size += bytes;
  if (size > part.text().size() || part.text_bytes_size() != static_cast<int>(part.text_rows())) return OtherVersion();
  size_t at = part.text().size() - size;
  CutText cut{part.text().substr(0, at), {}};
  for (const uint32_t bytes : part.text_bytes()) {
    cut.rows.push_back(part.text().substr(at, bytes));
    at += bytes;
  }
  return cut;
}

bool Descends(const std::string& order, bool descending) { return !order.empty() && descending; }

template <typename Parts, typename Response>
void SetClock(const Parts& parts, Response* answer) {
  for (const auto& part : parts) answer->set_clock_ms(std::max(answer->clock_ms(), part.clock_ms()));
}

// Adds the warnings that all parts have: a column that one part has a value in is spelled right.
template <typename Parts, typename Response>
void AddColumnWarnings(const Parts& parts, Response* answer) {
  for (const std::string& warning : parts.front().column_warnings()) {
    const bool all_warn = std::ranges::all_of(
        parts, [&warning](const auto& part) { return std::ranges::count(part.column_warnings(), warning) > 0; });
    if (all_warn) answer->add_column_warnings(warning);
  }
}

}  // namespace

Result<v1::FoundLeads> Merge(const v1::FindLeads& request, const std::vector<v1::FoundLeads>& parts) {
  v1::FoundLeads answer;
  SetClock(parts, &answer);
  answer.set_rule(parts.front().rule());
  *answer.mutable_warnings() = parts.front().warnings();
  AddColumnWarnings(parts, &answer);
  MergedPage page(request.limit(), Descends(request.order(), request.descending()), request.further_orders());
  std::vector<CutText> texts;
  const bool has_text = !request.format().empty();
  for (size_t i = 0; i < parts.size(); ++i) {
    const v1::FoundLeads& part = parts[i];
    LP_RETURN_IF_ERROR(page.Add(i, part, has_text ? static_cast<int>(part.text_rows()) : part.rows_size()));
    if (part.has_late_at()) LP_RETURN_IF_ERROR(page.EndAt(part.late_at()));
    if (part.has_searched())
      answer.set_searched(std::min(part.searched(), answer.has_searched() ? answer.searched() : 100));
    if (request.count()) answer.set_count(answer.count() + part.count());
    answer.set_is_estimate(answer.is_estimate() || part.is_estimate());
    if (!has_text) continue;
    LP_ASSIGN_OR_RETURN(CutText text, CutRows(part));
    texts.push_back(std::move(text));
  }
  if (has_text) answer.set_text(texts.front().header);
  for (const PlacedRow& row : page.Finish()) {
    if (has_text) {
      *answer.mutable_text() += texts[row.part].rows[static_cast<size_t>(row.row)];
      answer.set_text_rows(answer.text_rows() + 1);
    } else {
      *answer.add_rows() = parts[row.part].rows(row.row);
    }
    if (request.places()) *answer.add_places() = *row.written;
  }
  if (page.end() != nullptr) answer.set_cursor(WriteCursor(*page.end(), request));
  return answer;
}

Result<v1::Pipeline> Merge(const v1::GetPipeline& request, const std::vector<v1::Pipeline>& parts) {
  v1::Pipeline answer;
  SetClock(parts, &answer);
  AddColumnWarnings(parts, &answer);
  for (int i = 0; i < parts.front().columns_size(); ++i) {
    const v1::PipelineColumn& first = parts.front().columns(i);
    v1::PipelineColumn* column = answer.add_columns();
    column->set_stage(first.stage());
    column->set_is_final(first.is_final());
    column->set_rule(first.rule());
    MergedPage page(request.limit(), Descends(request.order(), request.descending()), request.further_orders());
    for (size_t part = 0; part < parts.size(); ++part) {
      if (parts[part].columns_size() != parts.front().columns_size()) return OtherVersion();
      const v1::PipelineColumn& of_part = parts[part].columns(i);
      LP_RETURN_IF_ERROR(page.Add(part, of_part, of_part.rows_size()));
      column->set_leads(column->leads() + of_part.leads());
    }
    for (const PlacedRow& row : page.Finish()) {
      *column->add_rows() = parts[row.part].columns(i).rows(row.row);
      if (request.places()) *column->add_places() = *row.written;
    }
    if (page.end() != nullptr) column->set_cursor(WriteCursor(*page.end(), SearchOf(*column, request)));
  }
  return answer;
}

Result<v1::Duplicates> Merge(const v1::FindDuplicates& request, const std::vector<v1::Duplicates>& parts) {
  v1::Duplicates answer;
  SetClock(parts, &answer);
  const FurtherOrders none;
  MergedPage page(request.limit(), /*descending=*/true, none);  // by the number of leads
  for (size_t i = 0; i < parts.size(); ++i) LP_RETURN_IF_ERROR(page.Add(i, parts[i], parts[i].addresses_size()));
  for (const PlacedRow& row : page.Finish()) *answer.add_addresses() = parts[row.part].addresses(row.row);
  if (page.end() != nullptr) answer.set_cursor(WriteCursor(*page.end(), QueryWithoutPage(request)));
  return answer;
}

Result<v1::SendableLeads> Merge(const v1::FindSendable& /*request*/, const std::vector<v1::SendableLeads>& parts) {
  v1::SendableLeads answer;
  for (const v1::SendableLeads& part : parts) answer.mutable_lead_ids()->MergeFrom(part.lead_ids());
  return answer;
}

Result<v1::ErasedLeads> Merge(const v1::FindErased& /*request*/, const std::vector<v1::ErasedLeads>& parts) {
  v1::ErasedLeads answer;
  for (const v1::ErasedLeads& part : parts) answer.mutable_leads()->MergeFrom(part.leads());
  return answer;
}

OrRefusal<v1::Duplicates> AddAbsentLeads(const v1::Caller& caller, const AskSendable& ask, v1::Duplicates page) {
  std::set<std::string> absent, sendable;
  std::set<uint32_t> missing(page.missing_partitions().begin(), page.missing_partitions().end());
  for (const v1::SharedAddress& address : page.addresses()) {
    absent.insert(address.absent().begin(), address.absent().end());
  }
  while (!absent.empty()) {
    v1::FindSendable request;
    *request.mutable_caller() = caller;
    while (!absent.empty() && request.lead_ids_size() < kMostSendable) {
      request.add_lead_ids(std::move(absent.extract(absent.begin()).value()));
    }
    LP_ASSIGN_OR_RETURN(auto answered, ask(request));
    if (auto* refusal = std::get_if<RunRefusal>(&answered)) return {std::move(*refusal)};
    const auto& answer = std::get<v1::SendableLeads>(answered);
    sendable.insert(answer.lead_ids().begin(), answer.lead_ids().end());
    missing.insert(answer.missing_partitions().begin(), answer.missing_partitions().end());
  }
  for (v1::SharedAddress& address : *page.mutable_addresses()) {
    const auto of_others =
        std::ranges::count_if(address.absent(), [&sendable](const std::string& id) { return sendable.contains(id); });
    address.set_sendable(address.sendable() + static_cast<uint64_t>(of_others));
    address.clear_absent();
  }
  page.clear_missing_partitions();
  page.mutable_missing_partitions()->Add(missing.begin(), missing.end());
  return {std::move(page)};
}

void AppendSharedAddress(const std::string& tenant, const v1::SharedAddress& shared, std::string* out) {
  query::AppendSharedAddress({.mailbox = {tenant, shared.address()},
                              .leads = shared.leads(),
                              .sendable = shared.sendable(),
                              .first = {shared.first_leads().begin(), shared.first_leads().end()},
                              .is_suppressed = shared.suppressed()},
                             out);
}

}  // namespace leadpulse::serve
