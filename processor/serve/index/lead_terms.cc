#include "processor/serve/index/lead_terms.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "processor/base/search_words.h"
#include "processor/base/sort_once.h"
#include "processor/base/text.h"
#include "processor/query/report/tenant_collector.h"
#include "processor/rules/evaluation/searched_texts.h"
#include "processor/rules/evaluation/value_evaluator.h"
#include "processor/view/stage.h"

namespace leadpulse::serve {
namespace {

using Terms = std::vector<std::string>;

constexpr std::array<std::string_view, 9> kWithWords = {"first_name", "last_name", "full_name", "name",  "company_name",
                                                        "company",    "email",     "phone",     "mobile"};

// A lead with more words or digits is found by kManyWords instead, so that a lead takes at most some 2 KB.
constexpr size_t kMostWords = 300;

// Appends the terms by which HAS WORDS finds the lead.
void AddWords(const state::Lead& lead, Terms* terms) {
  Terms words;
  bool are_many = false;
  rules::ForEachSearchedText(lead, [&](const std::string& text) {
    if (are_many) return;
    const auto add_word = [&](std::string_view word) { words.push_back(WordTerm(word)); };
    const FoldedWords folded = FoldWords(text);
    ForEachWord(folded.apart, add_word);
    ForEachWord(folded.joined, add_word);
    ForEachFourDigits(PhoneDigits(text),
                      [&](std::string_view digits) { words.push_back(TermOf(TermKind::kDigits, digits)); });
    if (words.size() > kMostWords) SortOnce(&words);
    are_many = words.size() > kMostWords;
  });
  if (are_many) return terms->push_back(TermOf(TermKind::kManyWords));
  terms->insert(terms->end(), std::move_iterator(words.begin()), std::move_iterator(words.end()));
}

void AddAttribute(const std::string& name, const rules::Facts& facts, Terms* terms) {
  const rules::Operand operand = rules::FieldOperand(rules::Field{name, name, {}}, facts);
  if (!operand.is_set()) return;
  const auto* text = std::get_if<std::string_view>(&operand.value);
  if (text == nullptr) return terms->push_back(TermOf(TermKind::kOther, name));
  if (IsFoundByWords(name)) return;
  const std::string folded = FoldCase(*text);
  terms->push_back(folded.size() > kLongestValue ? TermOf(TermKind::kOther, name)
                                                 : TermOf(TermKind::kValue, name, folded));
}

void AddNames(TermKind kind, const state::NameSet& names, Terms* terms) {
  for (const auto& [folded, spelling] : names.names()) terms->push_back(TermOf(kind, folded));
}

constexpr uint32_t kStages = 16;  // more than there are: a status is encoded as e-mail status * kStages + stage

void AddView(const state::PublishedView& view, std::vector<ViewTerm>* terms) {
  const auto stage = static_cast<uint32_t>(view.stage), email_status = static_cast<uint32_t>(view.email_status);
  terms->push_back({TermKind::kStage, stage});
  terms->push_back({TermKind::kTier, view.tier});
  terms->push_back({TermKind::kStatus, email_status * kStages + stage});
  terms->push_back({TermKind::kEmailStatus, email_status});
  if (view.sendable) terms->push_back({TermKind::kSendable, 0});
  for (const uint32_t segment : view.segments) terms->push_back({TermKind::kSegment, segment});
}

void AddEvents(const state::Journal& journal, std::vector<CampaignEvents>* events) {
  absl::flat_hash_map<std::string_view, size_t> places;  // in `events`
  for (const state::JournalEntry& entry : journal.entries()) {
    if (entry.campaign_id().empty()) continue;
    const report::MeasureSet measures = report::MeasuresOfEntry(entry);
    if (measures.none()) continue;
    const auto [place, is_new] = places.try_emplace(entry.campaign_id(), events->size());
    if (is_new) events->push_back({std::string(entry.campaign_id()), {}});
    (*events)[place->second].measures |= measures;
  }
}

// Returns the terms, ascending, none twice.
Terms TermsOfProfile(const query::EvaluatedLead& lead) {
  const state::Profile& profile = lead.lead().profile;
  Terms terms;
  if (!rules::HasEmail(lead.lead())) terms.push_back(TermOf(TermKind::kNoAddress));
  if (profile.do_not_contact) terms.push_back(TermOf(TermKind::kDoNotContact));
  terms.push_back(TermOf(TermKind::kAgent, profile.extras->agent_id));
  if (!profile.extras->agent_id.empty())
    terms.push_back(TermOf(TermKind::kAgentFolded, FoldCase(profile.extras->agent_id)));
  AddNames(TermKind::kTag, profile.extras->tags, &terms);
  AddNames(TermKind::kList, profile.extras->lists, &terms);
  AddNames(TermKind::kCampaign, profile.extras->campaigns, &terms);
  for (const auto& [name, attribute] : profile.attributes) {
    if (name != "email") AddAttribute(name, lead.facts(), &terms);
  }
  AddAttribute("email", lead.facts(), &terms);  // an id may be an address
  AddWords(lead.lead(), &terms);
  SortOnce(&terms);
  return terms;
}

// Returns the facts that do not depend on the profile. `view` is right until `valid_until`.
IndexedFacts FactsOf(const state::PublishedView& view, const state::Journal& journal, Instant valid_until) {
  IndexedFacts facts;
  facts.is_lead = true;
  AddView(view, &facts.view_terms);
  AddEvents(journal, &facts.events);
  facts.score = view.score;
  facts.valid_until = valid_until;
  return facts;
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

bool IsFoundByWords(std::string_view attribute) { return std::ranges::find(kWithWords, attribute) != kWithWords.end(); }

std::string WordTerm(std::string_view folded) { return TermOf(TermKind::kWord, folded.substr(0, kLongestValue)); }

std::string TextOf(const ViewTerm& term, const config::TenantDefinitions& definitions) {
  switch (term.kind) {
    case TermKind::kStage:
      return TermOf(term.kind, StageName(static_cast<Stage>(term.value)));
    case TermKind::kTier:
      return TermOf(term.kind, FoldCase(definitions.tiers[term.value].name));
    case TermKind::kStatus:
      return TermOf(term.kind, view::StatusOf(static_cast<EmailStatus>(term.value / kStages),
                                              static_cast<Stage>(term.value % kStages)));
    case TermKind::kEmailStatus:
      return TermOf(term.kind, EmailStatusName(static_cast<EmailStatus>(term.value)));
    case TermKind::kSegment:
      return TermOf(term.kind, std::to_string(term.value));
    default:
      return TermOf(term.kind);
  }
}

bool IsOfProfile(TermKind kind) {
  const bool is_of_journal = kind == TermKind::kMeasure || kind == TermKind::kEvents;
  return !is_of_journal && std::ranges::find(kViewKinds, kind) == kViewKinds.end();
}

IndexedFacts FactsForIndex(const query::EvaluatedLead& lead, uint64_t profile_hash) {
  IndexedFacts facts = FactsOf(lead.view().published, lead.lead().journal, lead.view().next_change_at);
  for (const auto& [folded, spelling] : lead.lead().profile.extras->campaigns.names()) {
    facts.campaigns.push_back({folded, spelling});
  }
  facts.profile_terms = TermsOfProfile(lead);
  facts.profile_hash = profile_hash;
  facts.updated = lead.lead().profile.newest_command_at.value_or(Instant::Never());
  return facts;
}

IndexedFacts FactsWithoutProfile(const state::Lead& lead, uint64_t profile_hash) {
  IndexedFacts facts = FactsOf(lead.view, lead.journal, lead.next_change_at);
  facts.profile_hash = profile_hash;
  return facts;
}

}  // namespace leadpulse::serve
