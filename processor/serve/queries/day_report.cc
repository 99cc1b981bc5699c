// The report of the counts by day.
#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/calendar.h"
#include "processor/base/engagement.h"
#include "processor/base/text.h"
#include "processor/engine/day_counter.h"
#include "processor/engine/partition_meta.h"
#include "processor/serve/queries/lead_queries.h"
#include "state/codec/day_counts.h"

namespace leadpulse::serve {
namespace {

struct Days {
  Day first;
  Day last;
};

// Returns the days that are asked for; unless given, the last 30 of the tenant.
Result<Days> DaysOf(const v1::MakeReport& request, const Calendar& calendar, Instant clock) {
  constexpr int32_t kFewDays = 30;
  std::optional<Day> last = ParseDay(request.to());
  if (request.to().empty()) last = calendar.DayOf(clock);
  std::optional<Day> first = ParseDay(request.from());
  if (request.from().empty() && last) first = *last - (kFewDays - 1);
  if (!first || !last) return Status::Rejected("`from` and `to` are days, such as 2026-03-31");
  if (*last < *first) return Status::Rejected("`to` is before `from`");
  if (*last - *first >= engine::kDaysCounted) {
    return Status::Rejected("at most " + std::to_string(engine::kDaysCounted) +
                            " days at once: counts are kept that long");
  }
  return Days{*first, *last};
}

// Returns the key of the scope's rows; the day is set for each row.
Result<state::DayCountsKey> ScopeOf(const v1::MakeReport& request) {
  const int given = !request.campaign().empty() + !request.owner().empty() + !request.segment().empty();
  if (given > 1) {
    return Status::Rejected("give one of `campaign`, `owner` and `segment`: the counts are not crossed");
  }
  state::DayCountsKey key{{}, request.caller().tenant_id()};
  if (!request.campaign().empty()) {
    key.scope = state::DayScope::kCampaign;
    key.id = FoldCase(request.campaign());
  } else if (!request.owner().empty()) {
    key.scope = state::DayScope::kOwner;
    key.id = request.owner();
  } else if (!request.segment().empty()) {
    key.scope = state::DayScope::kSegment;
    key.id = request.segment();
  }
  return key;
}

// The counts of some days, from the first on, summed over partitions.
struct CountedDays {
  std::vector<state::DayCounts> days;
  std::optional<Instant> counted_from;  // nullopt: since the first record
};

// Adds the days of one partition. A partition that has never counted begins at its next record.
Status AddPartition(const Snapshot& snapshot, PartitionId partition, const Days& days, state::DayCountsKey key,
                    CountedDays* sum) {
  LP_ASSIGN_OR_RETURN(const auto local, engine::ReadLocalPosition(state::MetaOf(snapshot.rows), partition));
  if (!local) return Status::Ok();
  const Instant counted_from = local->position.counted_from.value_or(snapshot.clock);
  if (counted_from != Instant::DistantPast()) {
    sum->counted_from = std::max(sum->counted_from.value_or(counted_from), counted_from);
  }
  // Earlier rows may or may not be deleted.
  const Day first = std::max(days.first, engine::FirstCountedDay(local->position.clock));
  for (key.day = first; key.day <= days.last; key.day = key.day + 1) {
    LP_ASSIGN_OR_RETURN(const std::optional<std::string> row,
                        snapshot.rows.GetDayCounts(partition, state::EncodeDayCountsKey(key)));
    if (!row) continue;
    const std::optional<state::DayCounts> counts = state::DecodeDayCounts(*row);
    if (!counts) return Status::Fatal("the counts of " + FormatDay(key.day) + " cannot be read");
    sum->days[static_cast<size_t>(key.day - days.first)] += *counts;
  }
  return Status::Ok();
}

Result<CountedDays> SumDays(const Snapshot& snapshot, const Days& days, const state::DayCountsKey& key) {
  CountedDays sum;
  sum.days.resize(static_cast<size_t>(days.last - days.first) + 1);
  for (PartitionId partition; partition.value < snapshot.rows.partition_count(); ++partition.value) {
    const bool is_served = snapshot.share == nullptr || std::ranges::binary_search(snapshot.share->served, partition);
    if (is_served) LP_RETURN_IF_ERROR(AddPartition(snapshot, partition, days, key, &sum));
  }
  return sum;
}

// Returns the tiers of the definitions, in their order, then former ones that were counted.
std::vector<std::string> TiersOf(const config::TenantDefinitions& definitions, const CountedDays& counted) {
  std::vector<std::string> tiers;
  for (const config::Tier& tier : definitions.tiers) tiers.push_back(tier.name);
  std::set<std::string> former;
  for (const state::DayCounts& day : counted.days) {
    for (const auto* changes : {&day.changes, &day.by_definitions}) {
      for (const auto& [name, count] : changes->tiers) former.insert(name);
    }
  }
  for (const std::string& tier : tiers) former.erase(tier);
  tiers.insert(tiers.end(), former.begin(), former.end());
  return tiers;
}

void AddNumber(std::string column, uint64_t number, v1::ReportRow* row) {
  v1::ReportCell* cell = row->add_cells();
  cell->set_column(std::move(column));
  cell->set_number(static_cast<int64_t>(number));
}

void AddChanges(const std::string& prefix, const state::CountedChanges& changes, const std::vector<std::string>& tiers,
                v1::ReportRow* row) {
  AddNumber(prefix + "created", changes.created, row);
  for (size_t i = static_cast<size_t>(Stage::kNew); i < changes.stages.size(); ++i) {
    AddNumber(Concat({prefix, "stage:", StageName(static_cast<Stage>(i))}), changes.stages[i], row);
  }
  for (size_t i = 0; i < changes.email_statuses.size(); ++i) {
    AddNumber(Concat({prefix, "email:", EmailStatusName(static_cast<EmailStatus>(i))}), changes.email_statuses[i], row);
  }
  for (const std::string& tier : tiers) {
    const auto count = changes.tiers.find(tier);
    AddNumber(Concat({prefix, "tier:", tier}), count == changes.tiers.end() ? 0 : count->second, row);
  }
}

void AddSegmentMoves(const std::string& prefix, const state::CountedChanges& changes, v1::ReportRow* row) {
  AddNumber(prefix + "entered", changes.entered, row);
  AddNumber(prefix + "left", changes.left, row);
}

void AddDay(Day day, const state::DayCounts& counts, state::DayScope scope, const std::vector<std::string>& tiers,
            v1::ReportRow* row) {
  v1::ReportCell* name = row->add_cells();
  name->set_column("day");
  name->set_text(FormatDay(day));
  if (scope == state::DayScope::kSegment) {
    AddSegmentMoves("", counts.changes, row);
    return AddSegmentMoves("definitions:", counts.by_definitions, row);
  }
  AddChanges("", counts.changes, tiers, row);
  for (size_t i = static_cast<size_t>(EventType::kSent); i < counts.events.size(); ++i) {
    AddNumber(Concat({"event:", EventTypeName(static_cast<EventType>(i))}), counts.events[i], row);
  }
  AddChanges("definitions:", counts.by_definitions, tiers, row);
}

}  // namespace

Result<state::DayCounts> CountsToday(const Snapshot& snapshot, state::DayCountsKey key) {
  key.day = snapshot.definitions.For(key.tenant).calendar.DayOf(snapshot.clock);
  LP_ASSIGN_OR_RETURN(CountedDays counted, SumDays(snapshot, {key.day, key.day}, key));
  return std::move(counted.days.front());
}

Result<v1::Report> MakeDayReport(const Snapshot& snapshot, const v1::MakeReport& request) {
  if (AgentOf(request.caller())) return Status::Rejected("counts by day are about the whole tenant");
  const config::TenantDefinitions& definitions = snapshot.definitions.For(request.caller().tenant_id());
  LP_ASSIGN_OR_RETURN(const Days days, DaysOf(request, definitions.calendar, snapshot.clock));
  LP_ASSIGN_OR_RETURN(const state::DayCountsKey key, ScopeOf(request));
  LP_ASSIGN_OR_RETURN(const CountedDays counted, SumDays(snapshot, days, key));
  v1::Report answer;
  answer.set_name(request.name());
  answer.set_clock_ms(snapshot.clock.millis);
  if (counted.counted_from) answer.set_counted_from_ms(counted.counted_from->millis);
  const std::vector<std::string> tiers = TiersOf(definitions, counted);
  for (size_t i = 0; i < counted.days.size(); ++i) {
    AddDay(days.first + static_cast<int32_t>(i), counted.days[i], key.scope, tiers, answer.add_rows());
  }
  return answer;
}

}  // namespace leadpulse::serve
