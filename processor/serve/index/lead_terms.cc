#include "processor/serve/index/lead_terms.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <variant>

#include "processor/base/text.h"
#include "processor/query/report/lead_facts.h"
#include "processor/rules/evaluation/value_evaluator.h"

namespace leadpulse::serve {
namespace {

using Terms = std::vector<std::string>;

constexpr std::array<std::string_view, 9> kWithWords = {"first_name", "last_name", "full_name", "name",  "company_name",
                                                        "company",    "email",     "phone",     "mobile"};

void AddWords(std::string_view attribute, std::string_view folded, Terms* terms) {
  while (!folded.empty()) {
    const size_t end = folded.find(' ');
    const std::string_view word = folded.substr(0, end);
    folded.remove_prefix(end == std::string_view::npos ? folded.size() : end + 1);
    // A prefix of a long word is found, too.
    if (!word.empty()) terms->push_back(TermOf(TermKind::kWord, attribute, word.substr(0, kLongestValue)));
  }
}

void AddAttribute(const std::string& name, const rules::Facts& facts, Terms* terms) {
  const rules::Operand operand = rules::FieldOperand(rules::Field{name, name, {}}, facts);
  if (!operand.is_set()) return;
  const auto* text = std::get_if<std::string_view>(&operand.value);
  if (text == nullptr) return terms->push_back(TermOf(TermKind::kOther, name));
  const std::string folded = FoldCase(*text);
  if (HasWords(name)) return AddWords(name, folded, terms);
  terms->push_back(folded.size() > kLongestValue ? TermOf(TermKind::kOther, name)
                                                 : TermOf(TermKind::kValue, name, folded));
}

void AddNames(TermKind kind, const state::NameSet& names, Terms* terms) {
  for (const auto& [folded, spelling] : names.names()) terms->push_back(TermOf(kind, folded));
}

void AddView(const query::EvaluatedLead& lead, Terms* terms) {
  const state::PublishedView& view = lead.view().published;
  terms->push_back(TermOf(TermKind::kStage, StageName(view.stage)));
  terms->push_back(TermOf(TermKind::kTier, FoldCase(lead.facts().tier)));
  terms->push_back(TermOf(TermKind::kStatus, lead.facts().status));
  terms->push_back(TermOf(TermKind::kEmailStatus, EmailStatusName(view.email_status)));
  if (view.sendable) terms->push_back(TermOf(TermKind::kSendable));
  for (const uint32_t segment : view.segments) terms->push_back(TermOf(TermKind::kSegment, std::to_string(segment)));
}

void AddCampaigns(const query::EvaluatedLead& lead, IndexedFacts* facts) {
  const report::LeadFacts counted = report::FactsOfLead(lead, std::nullopt);
  for (const auto& [folded, campaign] : counted.campaigns) {
    facts->campaigns.push_back({folded, campaign.spelling});
    facts->terms.push_back(TermOf(TermKind::kPart, folded));
    if (campaign.lead.assigned) facts->terms.push_back(TermOf(TermKind::kCampaign, folded));
    for (size_t i = 0; i < report::kMeasureCount; ++i) {
      const auto measure = static_cast<report::Measure>(i);
      if (campaign.lead[measure] > 0) facts->terms.push_back(MeasureTerm(measure, folded));
    }
  }
}

}  // namespace

std::string TermOf(TermKind kind, std::string_view value) {
  std::string term(1, static_cast<char>(kind));
  term += value;
  return term;
}

std::string TermOf(TermKind kind, std::string_view attribute, std::string_view value) {
  return Concat({TermOf(kind, attribute), std::string_view("\0", 1), value});
}

std::string MeasureTerm(report::Measure measure, std::string_view folded_campaign) {
  const char letter = static_cast<char>('a' + static_cast<int>(measure));
  return Concat({TermOf(TermKind::kMeasure), std::string_view(&letter, 1), folded_campaign});
}

bool HasWords(std::string_view attribute) { return std::ranges::find(kWithWords, attribute) != kWithWords.end(); }

IndexedFacts FactsForIndex(const query::EvaluatedLead& lead) {
  IndexedFacts facts;
  const state::Profile& profile = lead.lead().profile;
  AddView(lead, &facts.terms);
  if (profile.do_not_contact) facts.terms.push_back(TermOf(TermKind::kDoNotContact));
  facts.terms.push_back(TermOf(TermKind::kAgent, profile.agent_id));
  if (!profile.agent_id.empty()) facts.terms.push_back(TermOf(TermKind::kAgentFolded, FoldCase(profile.agent_id)));
  AddNames(TermKind::kTag, profile.tags, &facts.terms);
  AddNames(TermKind::kList, profile.lists, &facts.terms);
  for (const auto& [name, attribute] : profile.attributes) {
    if (name != "email") AddAttribute(name, lead.facts(), &facts.terms);
  }
  AddAttribute("email", lead.facts(), &facts.terms);  // an id may be an address
  AddCampaigns(lead, &facts);
  std::ranges::sort(facts.terms);
  facts.terms.erase(std::unique(facts.terms.begin(), facts.terms.end()), facts.terms.end());
  facts.score = lead.view().published.score;
  facts.valid_until = lead.view().next_change_at;
  return facts;
}

}  // namespace leadpulse::serve
