// The merges that add up numbers or choose between answers (merge.h).
#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/engagement.h"
#include "processor/base/text.h"
#include "processor/query/report/report.h"
#include "processor/serve/queries/lead_queries.h"
#include "processor/serve/runs/merge.h"

namespace leadpulse::serve {
namespace {

void AddCounts(const v1::CampaignCount& part, v1::CampaignCount* sum) {
  sum->set_leads(sum->leads() + part.leads());
  sum->set_assigned(sum->assigned() + part.assigned());
  sum->set_reached(sum->reached() + part.reached());
}

// Whether a run lists campaign `a` before `b`.
bool IsListedFirst(const v1::CampaignCount& a, const v1::CampaignCount& b) {
  if (a.reached() != b.reached()) return a.reached() > b.reached();
  return a.leads() != b.leads() ? a.leads() > b.leads() : a.id() < b.id();
}

void MergeSegments(const v1::LeadCounts& part, v1::LeadCounts* answer) {
  for (const v1::SegmentCount& segment : part.segments()) {
    const auto known = std::ranges::find(*answer->mutable_segments(), segment.id(),
                                         [](const v1::SegmentCount& one) { return one.id(); });
    if (known == answer->mutable_segments()->end()) {
      *answer->add_segments() = segment;
    } else {
      known->set_leads(known->leads() + segment.leads());
      if (!segment.has_entered_today()) continue;
      known->set_entered_today(known->entered_today() + segment.entered_today());
      known->set_left_today(known->left_today() + segment.left_today());
    }
  }
}

// Adds the samples of a part and keeps the first of all by id.
void MergeSamples(const google::protobuf::RepeatedPtrField<v1::LeadRow>& of_part, int most,
                  google::protobuf::RepeatedPtrField<v1::LeadRow>* rows) {
  rows->MergeFrom(of_part);
  std::sort(rows->pointer_begin(), rows->pointer_end(),
            [](const v1::LeadRow* a, const v1::LeadRow* b) { return a->lead().lead_id() < b->lead().lead_id(); });
  while (rows->size() > most) rows->RemoveLast();
}

const v1::ReportCell* CellOf(const v1::ReportRow& row, const std::string& column) {
  const auto found = std::ranges::find_if(row.cells(), [&column](const auto& cell) { return cell.column() == column; });
  return found == row.cells().end() ? nullptr : &*found;
}

void AddCells(const google::protobuf::RepeatedPtrField<v1::ReportCell>& part,
              google::protobuf::RepeatedPtrField<v1::ReportCell>* sum) {
  for (v1::ReportCell& cell : *sum) {
    if (!cell.has_number()) continue;
    const auto same = std::ranges::find_if(part, [&cell](const auto& one) { return one.column() == cell.column(); });
    if (same != part.end()) cell.set_number(cell.number() + same->number());
  }
}

// Returns the first column, in one case: it names what the row counts; campaigns, in other spellings, too.
std::string NameOf(const v1::ReportRow& row) {
  return row.cells().empty() ? std::string() : FoldCase(row.cells(0).text());
}

void SortCampaigns(v1::Report* report) {
  const auto number = [](const v1::ReportRow& row, const std::string& column) {
    const v1::ReportCell* cell = CellOf(row, column);
    return cell == nullptr ? 0 : cell->number();
  };
  std::stable_sort(report->mutable_rows()->begin(), report->mutable_rows()->end(),
                   [&number](const v1::ReportRow& a, const v1::ReportRow& b) {
                     // The sum of the others, which has no name, comes last.
                     const bool a_is_rest = NameOf(a).empty(), b_is_rest = NameOf(b).empty();
                     if (a_is_rest != b_is_rest) return b_is_rest;
                     return number(a, "mailed") > number(b, "mailed");
                   });
}

// Sets the share of the leads of a stage or a later one that are in a later one.
void SetConversions(v1::Report* report) {
  std::map<std::string, uint64_t> reached;
  for (const v1::ReportRow& row : report->rows()) {
    const v1::ReportCell* cell = CellOf(row, "reached");
    if (cell != nullptr) reached[row.cells(0).text()] = static_cast<uint64_t>(cell->number());
  }
  for (v1::ReportRow& row : *report->mutable_rows()) {
    for (v1::ReportCell& cell : *row.mutable_cells()) {
      if (cell.column() != "conversionToNext") continue;
      cell.clear_value();
      const auto* stage = std::ranges::find(report::kFunnel, row.cells(0).text(), StageName);
      if (stage == report::kFunnel.end()) continue;
      const std::optional<Stage> next = report::NextInFunnel(*stage);
      if (!next) continue;
      const std::optional<double> ratio =
          report::Ratio(reached[std::string(StageName(*next))], reached[row.cells(0).text()]);
      if (ratio) cell.set_ratio(*ratio);
    }
  }
}

report::Histogram HistogramOf(const v1::Report& part) {
  report::Histogram histogram;
  histogram.min = part.score_counts().min();
  histogram.max = part.score_counts().max();
  histogram.width_counted = std::max<int64_t>(1, part.score_counts().width());
  const int spans = std::min(part.score_counts().spans_size(), part.score_counts().leads_size());
  for (int i = 0; i < spans; ++i) {
    histogram.spans.emplace_back(part.score_counts().spans(i), part.score_counts().leads(i));
    histogram.leads += part.score_counts().leads(i);
  }
  return histogram;
}

v1::Report MergeScores(const std::vector<v1::Report>& parts) {
  report::ScoreHistogram sum;
  v1::Report answer;
  *answer.add_facts() = parts.front().facts(0);
  for (const v1::Report& part : parts) {
    sum.Add(HistogramOf(part));
    if (&part != &parts.front()) {
      answer.mutable_facts(0)->set_number(answer.facts(0).number() + part.facts(0).number());
    }
  }
  AddScores(sum.Finish(), &answer);
  return answer;
}

v1::Report MergeRows(const std::string& name, const std::vector<v1::Report>& parts) {
  v1::Report answer = parts.front();
  std::map<std::string, v1::ReportRow*> rows;  // rows in `answer`
  for (v1::ReportRow& row : *answer.mutable_rows()) rows.emplace(NameOf(row), &row);
  for (size_t i = 1; i < parts.size(); ++i) {
    AddCells(parts[i].facts(), answer.mutable_facts());
    for (const v1::ReportRow& row : parts[i].rows()) {
      v1::ReportRow*& known = rows[NameOf(row)];
      if (known != nullptr) {
        AddCells(row.cells(), known->mutable_cells());
      } else {
        known = answer.add_rows();
        *known = row;
      }
    }
  }
  if (name == "campaigns") SortCampaigns(&answer);
  if (name == "pipeline") SetConversions(&answer);
  return answer;
}

// Adds up rows of the same days. A run has the columns of those former tiers only that it has counted.
v1::Report MergeDays(const std::vector<v1::Report>& parts) {
  v1::Report answer = parts.front();
  for (size_t i = 1; i < parts.size(); ++i) {
    const v1::Report& part = parts[i];
    if (part.has_counted_from_ms()) {
      answer.set_counted_from_ms(std::max(
          part.counted_from_ms(), answer.has_counted_from_ms() ? answer.counted_from_ms() : part.counted_from_ms()));
    }
    for (int day = 0; day < std::min(answer.rows_size(), part.rows_size()); ++day) {
      v1::ReportRow* sum = answer.mutable_rows(day);
      AddCells(part.rows(day).cells(), sum->mutable_cells());
      for (const v1::ReportCell& cell : part.rows(day).cells()) {
        if (CellOf(*sum, cell.column()) == nullptr) *sum->add_cells() = cell;
      }
    }
  }
  return answer;
}

}  // namespace

Result<v1::LeadCounts> Merge(const v1::CountLeads& /*request*/, const std::vector<v1::LeadCounts>& parts) {
  v1::LeadCounts answer;
  std::map<std::string, v1::CampaignCount> campaigns;  // by folded name
  for (const v1::LeadCounts& part : parts) {
    answer.set_clock_ms(std::max(answer.clock_ms(), part.clock_ms()));
    MergeSegments(part, &answer);
    for (const v1::CampaignCount& campaign : part.campaigns()) {
      v1::CampaignCount& sum = campaigns[FoldCase(campaign.id())];
      if (sum.leads() == 0) {  // a lead's spelling comes before the declared one
        sum.set_id(campaign.id());
        sum.set_name(campaign.name());
        sum.set_ended(campaign.ended());
      }
      AddCounts(campaign, &sum);
    }
    answer.set_other_campaigns(answer.other_campaigns() + part.other_campaigns());
    AddCounts(part.of_other_campaigns(), answer.mutable_of_other_campaigns());
  }
  for (auto& [folded, campaign] : campaigns) *answer.add_campaigns() = std::move(campaign);
  std::sort(answer.mutable_campaigns()->begin(), answer.mutable_campaigns()->end(), IsListedFirst);
  return answer;
}

Result<v1::NameCounts> Merge(const v1::CountNames& request, const std::vector<v1::NameCounts>& parts) {
  v1::NameCounts answer;
  std::map<std::string, v1::NameCounts::Count> names;  // by folded name; agents as they are
  for (const v1::NameCounts& part : parts) {
    answer.set_clock_ms(std::max(answer.clock_ms(), part.clock_ms()));
    answer.set_has_more(answer.has_more() || part.has_more());
    for (const v1::NameCounts::Count& name : part.names()) {
      const bool is_agent = request.kind() == v1::CountNames::AGENT;
      v1::NameCounts::Count& sum = names[is_agent ? name.name() : FoldCase(name.name())];
      if (sum.leads() == 0) sum.set_name(name.name());
      sum.set_leads(sum.leads() + name.leads());
    }
  }
  std::vector<v1::NameCounts::Count> sorted;  // from the order of the folded names
  for (auto& [folded, name] : names) sorted.push_back(std::move(name));
  std::ranges::stable_sort(sorted, std::greater<>(), &v1::NameCounts::Count::leads);
  if (sorted.size() > kMostNames) answer.set_has_more(true);
  sorted.resize(std::min(sorted.size(), kMostNames));
  for (v1::NameCounts::Count& name : sorted) *answer.add_names() = std::move(name);
  return answer;
}

Result<v1::SegmentPreview> Merge(const v1::PreviewSegment& /*request*/, const std::vector<v1::SegmentPreview>& parts) {
  constexpr int kMostSamples = 5;  // as query::Samples has
  v1::SegmentPreview answer = parts.front();
  for (size_t i = 1; i < parts.size(); ++i) {
    const v1::SegmentPreview& part = parts[i];
    if (!answer.problems().empty() || !answer.ended().empty()) return answer;
    if (!part.problems().empty() || !part.ended().empty()) return part;
    answer.set_clock_ms(std::max(answer.clock_ms(), part.clock_ms()));
    answer.set_leads(answer.leads() + part.leads());
    answer.set_before(answer.before() + part.before());
    answer.set_enter(answer.enter() + part.enter());
    answer.set_leave(answer.leave() + part.leave());
    MergeSamples(part.entering(), kMostSamples, answer.mutable_entering());
    MergeSamples(part.leaving(), kMostSamples, answer.mutable_leaving());
    for (const v1::SegmentChange& change : part.others()) {
      const auto known = std::ranges::find_if(*answer.mutable_others(),
                                              [&change](const auto& one) { return one.id() == change.id(); });
      v1::SegmentChange* sum = known == answer.mutable_others()->end() ? answer.add_others() : &*known;
      sum->set_id(change.id());
      sum->set_enter(sum->enter() + change.enter());
      sum->set_leave(sum->leave() + change.leave());
    }
  }
  return answer;
}

Result<v1::Report> Merge(const v1::MakeReport& request, const std::vector<v1::Report>& parts) {
  const bool is_by_day = request.name() == "days";
  for (const v1::Report& part : parts) {
    if (!is_by_day && part.facts().empty())
      return Status::Retriable("a run answered a report without the number of leads");
  }
  v1::Report answer = is_by_day                    ? MergeDays(parts)
                      : request.name() == "scores" ? MergeScores(parts)
                                                   : MergeRows(request.name(), parts);
  answer.set_name(request.name());
  answer.clear_score_counts();
  for (const v1::Report& part : parts) answer.set_clock_ms(std::max(answer.clock_ms(), part.clock_ms()));
  return answer;
}

Result<v1::ContactOutlooks> Merge(const v1::PreviewContacts& request, const std::vector<v1::ContactOutlooks>& parts) {
  v1::ContactOutlooks answer;
  for (int row = 0; row < request.rows_size(); ++row) {
    v1::ContactOutlook* merged = answer.add_rows();
    merged->set_changes(true);
    for (const v1::ContactOutlooks& part : parts) {
      if (part.rows_size() != request.rows_size()) return Status::Retriable("a run answered other rows");
      const v1::ContactOutlook& of_part = part.rows(row);
      // Only the run that has the contact can tell whether it changes, and whether its address does.
      if (of_part.is_lead()) merged->set_changes(of_part.changes());
      merged->mutable_shown_alike()->MergeFrom(of_part.shown_alike());
      if (of_part.is_lead() || !merged->is_lead()) merged->set_new_address(of_part.new_address());
      merged->mutable_taken_by()->MergeFrom(of_part.taken_by());
      *merged->mutable_undeclared() = of_part.undeclared();
      merged->set_undeclared_message(of_part.undeclared_message());
      merged->set_is_lead(merged->is_lead() || of_part.is_lead());
      merged->set_in_use(merged->in_use() || of_part.in_use());
      merged->set_suppressed(merged->suppressed() || of_part.suppressed());
    }
  }
  return answer;
}

Result<v1::DefinitionsInForce> Merge(const v1::GetDefinitions& /*request*/,
                                     const std::vector<v1::DefinitionsInForce>& parts) {
  return parts.front();
}

Result<v1::DeclaredFields> Merge(const v1::ListFields& /*request*/, const std::vector<v1::DeclaredFields>& parts) {
  return parts.front();
}

Result<v1::TenantNames> Merge(const v1::GetNames& /*request*/, const std::vector<v1::TenantNames>& parts) {
  return parts.front();
}

Result<v1::RecordOutcomes> Merge(const v1::FindOutcomes& request, const std::vector<v1::RecordOutcomes>& parts) {
  v1::RecordOutcomes answer;
  for (int i = 0; i < request.positions_size(); ++i) {
    v1::RecordOutcome* outcome = answer.add_outcomes();
    outcome->set_is_elsewhere(true);
    for (const v1::RecordOutcomes& part : parts) {
      if (part.outcomes_size() != request.positions_size()) return Status::Retriable("a run answered other records");
      if (!part.outcomes(i).is_elsewhere()) *outcome = part.outcomes(i);
    }
  }
  return answer;
}

}  // namespace leadpulse::serve
