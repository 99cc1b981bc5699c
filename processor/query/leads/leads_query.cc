#include "processor/query/leads/leads_query.h"

#include <algorithm>
#include <compare>
#include <set>
#include <span>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "processor/files/lead_scan.h"
#include "processor/query/leads/lead_record.h"
#include "processor/query/leads/stage_since.h"
#include "processor/rules/evaluation/value_evaluator.h"
#include "state/codec/lead_codec.h"

namespace leadpulse::query {

namespace {

std::strong_ordering CompareKeys(const OrderKey& a, const OrderKey& b, bool descending) {
  const bool a_unset = a.kind == OrderKey::Kind::kUnset;
  const bool b_unset = b.kind == OrderKey::Kind::kUnset;
  if (a_unset != b_unset) return b_unset ? std::strong_ordering::less : std::strong_ordering::greater;
  const OrderKey& low = descending ? b : a;
  const OrderKey& high = descending ? a : b;
  if (low.kind != high.kind) return low.kind <=> high.kind;
  if (low.number != high.number) {
    return low.number < high.number ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return low.text.compare(high.text) <=> 0;
}

size_t BytesOf(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return text->size();
  if (const auto* object = std::get_if<StructValue>(&value)) return object->json.size();
  size_t bytes = 0;
  if (const auto* list = std::get_if<ScalarList>(&value)) {
    for (const Scalar& element : *list) {
      const auto* text = std::get_if<std::string>(&element);
      bytes += sizeof element + (text == nullptr ? 0 : text->size());
    }
  }
  return bytes;
}

size_t BytesOf(const ListedLead& row) {
  size_t bytes = sizeof row + row.row_bytes + row.place.order.text.size() + row.place.encoded_key.size();
  for (const FurtherKey& further : row.place.further) bytes += sizeof further + further.key.text.size();
  for (const Value& cell : row.cells) bytes += sizeof cell + BytesOf(cell);
  return bytes;
}

// A sorter that takes rows in any order and returns them in the query's order, at most up to its limit.
class RowSorter {
 public:
  explicit RowSorter(const LeadsQuery& query)
      : descending_(query.order && query.order->descending), limit_(query.limit), most_bytes_(query.most_bytes) {}

  // Whether a row at this place would be among those that Take returns, as far as is known.
  bool Wants(const LeadPlace& place) const {
    if (cut_ && !query::ComesBefore(place, *cut_, descending_)) return false;
    return !is_full() || (!rows_.empty() && query::ComesBefore(place, rows_.front().place, descending_));
  }
  // Leaves out rows from this place on.
  void CutAt(std::optional<LeadPlace> place) {
    if (place) cut_ = std::move(place);
  }
  // Returns the place from which on rows are left out because of most_bytes; nullopt: none are.
  const std::optional<LeadPlace>& cut() const { return cut_; }

  void Add(ListedLead row) {
    const auto before = [this](const ListedLead& a, const ListedLead& b) { return ComesBefore(a, b); };
    if (!limit_) {
      rows_.push_back(std::move(row));
      return;
    }
    if (!Wants(row.place)) return;
    if (is_full()) (void)TakeLast();
    bytes_ += BytesOf(row);
    rows_.push_back(std::move(row));
    std::push_heap(rows_.begin(), rows_.end(), before);
    while (bytes_ > most_bytes_ && rows_.size() > 1) cut_ = TakeLast().place;
  }

  // Returns the rows and leaves the sorter empty.
  std::vector<ListedLead> Take() {
    std::ranges::sort(rows_, [this](const ListedLead& a, const ListedLead& b) { return ComesBefore(a, b); });
    return std::exchange(rows_, {});
  }

 private:
  bool ComesBefore(const ListedLead& a, const ListedLead& b) const {
    return query::ComesBefore(a.place, b.place, descending_);
  }
  bool is_full() const { return limit_ && rows_.size() == *limit_; }
  ListedLead TakeLast() {
    std::ranges::pop_heap(rows_, [this](const ListedLead& a, const ListedLead& b) { return ComesBefore(a, b); });
    ListedLead last = std::move(rows_.back());
    rows_.pop_back();
    bytes_ -= BytesOf(last);
    return last;
  }

  bool descending_;
  std::optional<size_t> limit_;
  size_t most_bytes_;
  size_t bytes_ = 0;              // with a limit
  std::vector<ListedLead> rows_;  // with a limit a heap, with the row that comes last on top
  std::optional<LeadPlace> cut_;
};

void TakeAll(std::vector<RowSorter>* sorters, std::vector<LeadGroup>* groups) {
  for (size_t i = 0; i < groups->size(); ++i) {
    (*groups)[i].cut = (*sorters)[i].cut();
    (*groups)[i].first = (*sorters)[i].Take();
  }
}

OrderKey OfNumber(const Number& number) { return {OrderKey::Kind::kNumber, number.nearest(), {}}; }

// A cursor has the keys of its place, and must fit into a URL.
constexpr size_t kOrderBytes = 256;

OrderKey Text(std::string_view text) {
  // Folding makes no text shorter by more than two thirds.
  std::string folded = FoldCase(Utf8Prefix(text, 4 * kOrderBytes));
  folded.resize(Utf8Prefix(folded, kOrderBytes).size());
  return {OrderKey::Kind::kText, 0, std::move(folded)};
}

struct ValueOrder {
  OrderKey operator()(std::monostate) const { return {}; }
  OrderKey operator()(bool value) const { return {OrderKey::Kind::kBoolean, value ? 1.0 : 0.0, {}}; }
  OrderKey operator()(const Number& value) const { return OfNumber(value); }
  OrderKey operator()(Instant value) const { return {OrderKey::Kind::kInstant, static_cast<double>(value.millis), {}}; }
  OrderKey operator()(const CalendarDay& value) const { return (*this)(value.start); }
  OrderKey operator()(const std::string& value) const { return Text(value); }
  OrderKey operator()(const ScalarList& value) const { return value.empty() ? OrderKey() : Text(ValueToJson(value)); }
  OrderKey operator()(const StructValue& value) const { return Text(value.json); }
};

// Returns the rank of a value in a field with ordered values.
std::optional<double> StepOf(rules::BuiltIn field, const EvaluatedLead& lead) {
  const state::PublishedView& view = lead.view().published;
  if (field == rules::BuiltIn::kTier) return static_cast<double>(lead.definitions().tiers.size() - view.tier);
  if (field == rules::BuiltIn::kStage) return static_cast<double>(view.stage);
  if (field != rules::BuiltIn::kStatus) return std::nullopt;
  const bool is_stage = lead.view().status == StageName(view.stage);
  return static_cast<double>(view.stage) + (is_stage ? 0 : static_cast<double>(Stage::kArchived));
}

OrderKey OrderKeyOf(const Column& column, const EvaluatedLead& lead) {
  if (const auto* field = std::get_if<rules::Field>(&column.what)) {
    if (const auto* built_in = std::get_if<rules::BuiltIn>(&field->name)) {
      if (const std::optional<double> step = StepOf(*built_in, lead)) return OfNumber(*step);
    } else {
      const rules::Operand operand = rules::FieldOperand(*field, lead.facts());
      if (const std::optional<Number> number = rules::NumberOf(operand)) return OfNumber(*number);
      if (const std::optional<Instant> instant = rules::InstantOf(operand)) return ValueOrder{}(*instant);
    }
  }
  const Value cell = CellOf(column, lead);
  // Ids are ordered by their bytes.
  if (const auto* own = std::get_if<OwnColumn>(&column.what); own != nullptr && *own <= OwnColumn::kLead) {
    return {OrderKey::Kind::kText, 0, std::get<std::string>(cell)};
  }
  return std::visit(ValueOrder{}, cell);
}

// Sets EvaluatedLead::stage_since, which is read only where it is shown or sorted by: it costs a row more.
Status AddStageSince(const state::LeadReader& store, EvaluatedLead* lead) {
  LP_ASSIGN_OR_RETURN(const auto since, ReadStageSince(store, lead->view().published.stage, lead->lead()));
  lead->set_stage_since(since);
  return Status::Ok();
}

bool OrdersByStageSince(const LeadsQuery& query) {
  return (query.order && IsStageSince(query.order->column)) ||
         std::ranges::any_of(query.further_orders, IsStageSince, &LeadOrder::column);
}

Result<ListedLead> RowAt(const state::LeadReader& store, LeadPlace place, const LeadsQuery& query,
                         EvaluatedLead* lead) {
  const bool shows_stage_since = std::ranges::any_of(query.columns, IsStageSince);
  if (shows_stage_since && !OrdersByStageSince(query)) LP_RETURN_IF_ERROR(AddStageSince(store, lead));
  ListedLead row;
  row.place = std::move(place);
  if (query.describe != nullptr) query.describe(*lead, &row.row);
  row.row_bytes = BoundedBytes(row.row);
  for (const Column& column : query.columns) row.cells.push_back(CellOf(column, *lead));
  return row;
}

// Returns the lead's place; nullopt if it is not behind that of the query.
std::optional<LeadPlace> PlaceBehind(const LeadsQuery& query, const EvaluatedLead& lead) {
  LeadPlace place;
  place.encoded_key = EncodeLeadKey(lead.lead().key);
  if (query.order) place.order = OrderKeyOf(query.order->column, lead);
  for (const LeadOrder& order : query.further_orders) {
    place.further.push_back({OrderKeyOf(order.column, lead), order.descending});
  }
  const bool descends = query.order && query.order->descending;
  if (query.after && !ComesBefore(*query.after, place, descends)) return std::nullopt;
  return place;
}

// Calls `take` with the evaluated lead and its place if the query asks for it.
template <typename Take>
Status TakeIfAsked(const state::LeadReader& store, const LeadsQuery& query,
                   const config::TenantDefinitions& definitions, PartitionId partition, state::Lead lead,
                   const Take& take) {
  if (query.visible_to && !IsVisibleTo(*query.visible_to, lead)) return Status::Ok();
  const ViewFrom from = query.stored_views.SourceOf(partition, lead, query.at);
  EvaluatedLead evaluated(std::move(lead), definitions, query.at, from);
  if (!std::ranges::all_of(query.wheres, [&](const auto& where) { return where->Holds(evaluated); })) {
    return Status::Ok();
  }
  if (OrdersByStageSince(query)) LP_RETURN_IF_ERROR(AddStageSince(store, &evaluated));
  std::optional<LeadPlace> place = PlaceBehind(query, evaluated);
  return place ? take(&evaluated, *std::move(place)) : Status::Ok();
}

// Leads of a partition between two calls of is_late. A query that is late from the start still makes progress.
constexpr size_t kBetweenChecks = 64;

Status TooLateToSort() {
  return Status::Rejected("sorting this many leads takes too long; leave out the order, or narrow the search");
}

Status TooManyAttributes() {
  return Status::Rejected(
      "the leads have more than 10,000 different attributes, too many for a table; choose with "
      "--columns, or with --tenant");
}

// Callback for each lead that the query asks for, and its place.
using TakeAsked = std::function<Status(EvaluatedLead* lead, LeadPlace place)>;
Status ReadAsked(const state::LeadReader& store, const config::Definitions& definitions, const LeadsQuery& query,
                 std::vector<LeadAt> leads, const TakeAsked& take) {
  const config::TenantDefinitions& tenant = definitions.For(query.tenant);
  std::ranges::sort(leads, [](const LeadAt& a, const LeadAt& b) {
    return a.partition != b.partition ? a.partition < b.partition : a.encoded_key < b.encoded_key;
  });
  state::LeadDecoder decoder;
  for (size_t begin = 0; begin < leads.size();) {
    std::vector<state::EncodedLeadKey> keys;
    const PartitionId partition = leads[begin].partition;
    for (size_t i = begin; i < leads.size() && leads[i].partition == partition; ++i) {
      keys.push_back(std::move(leads[i].encoded_key));
    }
    begin += keys.size();
    for (std::span<const state::EncodedLeadKey> left(keys); !left.empty();) {
      constexpr size_t kMostBytes = 4 << 20;
      LP_ASSIGN_OR_RETURN(const auto values, store.MultiGet(partition, left, kMostBytes));
      for (size_t i = 0; i < values.size(); ++i) {
        if (!values[i]) continue;
        state::Lead lead;
        lead.key = DecodeLeadKey(left[i]);
        if (lead.key.tenant != query.tenant) continue;
        LP_ASSIGN_OR_RETURN(const bool is_lead, decoder.DecodeIfLead(*values[i], &lead));
        if (is_lead) LP_RETURN_IF_ERROR(TakeIfAsked(store, query, tenant, partition, std::move(lead), take));
      }
      left = left.subspan(values.size());
    }
  }
  return Status::Ok();
}

}  // namespace

bool ComesBefore(const LeadPlace& a, const LeadPlace& b, bool descending) {
  if (const auto order = CompareKeys(a.order, b.order, descending); order != 0) return order < 0;
  for (size_t i = 0; i < std::min(a.further.size(), b.further.size()); ++i) {
    const auto order = CompareKeys(a.further[i].key, b.further[i].key, a.further[i].descending);
    if (order != 0) return order < 0;
  }
  return a.encoded_key < b.encoded_key;
}

bool IsVisibleTo(const std::string& agent, const state::Lead& lead) {
  return lead.profile.extras->agent_id.empty() || lead.profile.extras->agent_id == agent;
}

Result<EndedEarly> QueryLeads(const state::LeadReader& store, const config::Definitions& definitions,
                              const LeadsQuery& query, WorkerPool* pool, const TakeLead& take) {
  RowSorter sorter(query);
  size_t taken = 0;
  EndedEarly ended;
  struct Row {
    std::optional<ListedLead> lead;  // nullopt: the query does not ask for it
    std::string late_key = {};       // not empty: the query is late at this lead
    std::string seen_key = {};       // if it is: the last visible lead of the partition up to there; empty: none
    size_t bytes() const { return lead ? BytesOf(*lead) : 0; }
  };
  std::vector<std::string> seen(store.partition_count());
  std::string end;  // the last lead that was taken
  files::LeadScan<Row> pass;
  pass.tenant = query.tenant;
  if (query.after && !query.order) pass.after = query.after->encoded_key;
  std::vector<size_t> looked_at(store.partition_count());
  pass.make = [&](PartitionId partition, state::Lead lead) -> Result<std::optional<Row>> {
    const bool is_checked = query.is_late && ++looked_at[partition.value] % kBetweenChecks == 0;
    const bool is_late = is_checked && query.is_late();
    if (is_late && query.order) return TooLateToSort();
    Row row{std::nullopt};
    if (query.is_late && !query.order) {
      const bool is_seen = query.visible_to ? IsVisibleTo(*query.visible_to, lead) : is_late;
      if (is_seen) seen[partition.value] = EncodeLeadKey(lead.key);
      if (is_late) {
        row.late_key = EncodeLeadKey(lead.key);
        row.seen_key = seen[partition.value];
      }
    }
    const config::TenantDefinitions& tenant = definitions.For(lead.key.tenant);
    const auto make_row = [&](EvaluatedLead* asked, LeadPlace place) -> Status {
      // Nothing is added to the sorter while rows are made.
      if (query.order && !sorter.Wants(place)) return Status::Ok();
      LP_ASSIGN_OR_RETURN(row.lead, RowAt(store, std::move(place), query, asked));
      return Status::Ok();
    };
    LP_RETURN_IF_ERROR(TakeIfAsked(store, query, tenant, partition, std::move(lead), make_row));
    return row.lead || is_late ? std::optional(std::move(row)) : std::nullopt;
  };
  pass.take = [&](Row row) -> Result<bool> {
    if (query.order) {
      sorter.Add(*std::move(row.lead));
      return true;
    }
    if (row.lead) {
      if (!take(*row.lead) || ++taken == query.limit) return false;
      end = row.lead->place.encoded_key;
    }
    if (row.late_key.empty()) return true;
    end = std::max(end, row.seen_key);
    if (end.empty() && query.is_too_late && query.is_too_late()) end = row.late_key;
    if (!end.empty()) ended = EarlyEnd{{.order = {}, .encoded_key = end}};
    return !ended;
  };
  LP_RETURN_IF_ERROR(files::PassOverLeads(store, pass, pool));
  for (ListedLead& row : sorter.Take()) {
    if (!take(row)) return EndedEarly();
    if (sorter.cut()) ended = EarlyEnd{row.place, /*is_late=*/false};
  }
  return ended;
}

Result<EndedEarly> QueryCandidates(const state::LeadReader& store, const config::Definitions& definitions,
                                   const LeadsQuery& query, const Candidates& candidates, const TakeLead& take) {
  RowSorter sorter(query);
  size_t found = 0;
  bool is_past_cut = false;
  const TakeAsked add = [&](EvaluatedLead* lead, LeadPlace place) {
    ++found;
    if (sorter.Wants(place)) {
      LP_ASSIGN_OR_RETURN(ListedLead row, RowAt(store, std::move(place), query, lead));
      sorter.Add(std::move(row));
    } else {
      is_past_cut = sorter.cut().has_value();
    }
    return Status::Ok();
  };
  for (const ListedLead& row : candidates.rows) sorter.Add(row);
  sorter.CutAt(candidates.rows_cut);
  LP_RETURN_IF_ERROR(ReadAsked(store, definitions, query, candidates.always, add));
  found = 0;
  is_past_cut = false;
  EndedEarly ended;
  for (bool goes_on = true; goes_on && !ended;) {
    std::vector<LeadAt> some;
    goes_on = candidates.next(&some);
    const bool is_late = goes_on && query.is_late && query.is_late();
    if (is_late && query.order) return TooLateToSort();
    if (is_late && !some.empty()) ended = EarlyEnd{{.order = {}, .encoded_key = some.back().encoded_key}};
    LP_RETURN_IF_ERROR(ReadAsked(store, definitions, query, std::move(some), add));
    if (candidates.in_order && query.limit && (found >= *query.limit || is_past_cut)) {
      ended.reset();
      break;
    }
  }
  const bool is_cut = sorter.cut() && (!ended || sorter.cut()->encoded_key <= ended->place.encoded_key);
  for (ListedLead& row : sorter.Take()) {
    // Leads of `always` after this place are found again by the continued query.
    if (ended && ended->place.encoded_key < row.place.encoded_key) break;
    if (!take(row)) return EndedEarly();
    if (is_cut) ended = EarlyEnd{row.place, /*is_late=*/false};
  }
  return ended;
}

Result<std::vector<LeadGroup>> GroupLeads(const state::LeadReader& store, const config::Definitions& definitions,
                                          const LeadsQuery& query, std::vector<LeadAt> leads, size_t groups,
                                          const GroupOf& group_of) {
  std::vector<LeadGroup> found(groups);
  std::vector<RowSorter> sorters(groups, RowSorter(query));
  const TakeAsked add = [&](EvaluatedLead* lead, LeadPlace place) {
    const size_t group = group_of(*lead);
    ++found[group].leads;
    if (!sorters[group].Wants(place)) return Status::Ok();
    LP_ASSIGN_OR_RETURN(ListedLead row, RowAt(store, std::move(place), query, lead));
    sorters[group].Add(std::move(row));
    return Status::Ok();
  };
  LP_RETURN_IF_ERROR(ReadAsked(store, definitions, query, std::move(leads), add));
  TakeAll(&sorters, &found);
  return found;
}

Result<std::vector<LeadGroup>> QueryGroups(const state::LeadReader& store, const config::Definitions& definitions,
                                           const LeadsQuery& query, size_t groups, const GroupOf& group_of,
                                           WorkerPool* pool) {
  LP_ASSERT(query.limit && !query.after);
  struct Row {
    size_t group;
    std::optional<ListedLead> lead;  // nullopt: only counted
    size_t bytes() const { return lead ? BytesOf(*lead) : 0; }
  };
  std::vector<LeadGroup> found(groups);
  std::vector<RowSorter> sorters(groups, RowSorter(query));
  files::LeadScan<Row> pass;
  pass.tenant = query.tenant;
  pass.make = [&](PartitionId partition, state::Lead lead) -> Result<std::optional<Row>> {
    std::optional<Row> row;
    const config::TenantDefinitions& tenant = definitions.For(lead.key.tenant);
    const auto make_row = [&](EvaluatedLead* asked, LeadPlace place) -> Status {
      row.emplace(Row{group_of(*asked), std::nullopt});
      // Nothing is added to the sorters while rows are made.
      if (!sorters[row->group].Wants(place)) return Status::Ok();
      LP_ASSIGN_OR_RETURN(row->lead, RowAt(store, std::move(place), query, asked));
      return Status::Ok();
    };
    LP_RETURN_IF_ERROR(TakeIfAsked(store, query, tenant, partition, std::move(lead), make_row));
    return row;
  };
  pass.take = [&](Row row) -> Result<bool> {
    ++found[row.group].leads;
    if (row.lead) sorters[row.group].Add(*std::move(row.lead));
    return true;
  };
  LP_RETURN_IF_ERROR(files::PassOverLeads(store, pass, pool));
  TakeAll(&sorters, &found);
  return found;
}

Result<std::vector<std::string>> AttributesInState(const state::LeadReader& store,
                                                   const config::Definitions& definitions, const std::string& tenant,
                                                   WorkerPool* pool) {
  struct NoRow {};
  std::vector<std::set<std::string, std::less<>>> by_partition(store.partition_count());
  files::LeadScan<NoRow> pass;
  pass.tenant = tenant;
  pass.make = [&](PartitionId partition, state::Lead lead) -> Result<std::optional<NoRow>> {
    view::ConvertProfile(definitions.For(lead.key.tenant), &lead.profile);
    auto& names = by_partition[partition.value];
    for (const auto& [name, attribute] : lead.profile.attributes) {
      if (!IsUnset(attribute.converted) && !names.contains(name)) names.insert(name);
    }
    if (names.size() > kMaxAttributeColumns) return TooManyAttributes();
    return std::optional<NoRow>();
  };
  pass.take = [](NoRow) -> Result<bool> { return true; };
  LP_RETURN_IF_ERROR(files::PassOverLeads(store, pass, pool));
  std::set<std::string, std::less<>> all;
  for (auto& names : by_partition) all.merge(names);
  if (all.size() > kMaxAttributeColumns) return TooManyAttributes();
  return std::vector<std::string>(all.begin(), all.end());
}

}  // namespace leadpulse::query
