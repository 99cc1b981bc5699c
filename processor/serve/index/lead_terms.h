// The terms of a lead, by which an index finds it.
//
// A term is a text that begins with its kind. Two leads have a term in common if the values are equal for rules:
// without case, as the evaluator compares them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/base/engagement.h"
#include "processor/base/instant.h"
#include "processor/query/leads/evaluated_lead.h"
#include "processor/query/report/campaign_counts.h"
#include "state/lead/lead.h"

namespace leadpulse::serve {

enum class TermKind : char {
  kStage = 's',
  kTier = 't',
  kStatus = 'x',  // the stage's name, or `unsubscribed`
  kEmailStatus = 'e',
  kSendable = 'S',      // those that are
  kDoNotContact = 'D',  // those that are
  kAgent = 'a',         // exactly; empty: nobody's
  kAgentFolded = 'A',   // without case
  kNoAddress = 'n',     // those without an address
  kTag = 'g',
  kList = 'l',
  kCampaign = 'c',   // assigned
  kMeasure = 'm',    // counts for a measure of the campaign: MeasureTerm
  kEvents = 'C',     // with an event of the campaign
  kSegment = 'i',    // its place in the definitions
  kValue = '=',      // an attribute's value
  kOther = '?',      // the attribute has a value that is no text
  kWord = 'w',       // a word in any text, folded for searches (processor/base/search_words.h)
  kManyWords = 'W',  // those with more words than have terms
  kDigits = 'd',     // four digits in a row in a phone number, at an even place
};

std::string TermOf(TermKind kind, std::string_view value = {});
// Returns a term. `attribute` is a normalised name, `value` folded.
std::string TermOf(TermKind kind, std::string_view attribute, std::string_view value);

std::string MeasureTerm(report::Measure measure, std::string_view folded_campaign);

// Whether the attribute is found by the words of its value; others are found by the whole value.
bool IsFoundByWords(std::string_view attribute);
// Longer values, in bytes, have no term: the lead is found by kOther. Longer words are found by their beginning.
inline constexpr size_t kLongestValue = 64;
// Returns the term of a word; of a long word, that of its beginning.
std::string WordTerm(std::string_view folded);
// Calls `visit` with the four digits at each even place: the terms of a phone number.
template <typename Visit>
void ForEachFourDigits(std::string_view digits, const Visit& visit) {
  for (size_t at = 0; at + 4 <= digits.size(); at += 2) visit(digits.substr(at, 4));
}

// A campaign, as the lead's journal or profile spells it.
struct CampaignSpelling {
  std::string folded;
  std::string spelling;
};

// What the journal has of a campaign, as it spells it. The terms are kEvents and kMeasure for each measure.
struct CampaignEvents {
  std::string spelling;
  report::MeasureSet measures;  // at least one
};

// The kinds of terms of the view.
inline constexpr std::array kViewKinds = {TermKind::kStage,       TermKind::kTier,     TermKind::kStatus,
                                          TermKind::kEmailStatus, TermKind::kSendable, TermKind::kSegment};

// A term of the view as two numbers, which are faster to look up than its text.
struct ViewTerm {
  TermKind kind;
  uint32_t value;  // TextOf decodes it
};

// Returns the text of `term`, which is of a view under these definitions.
std::string TextOf(const ViewTerm& term, const config::TenantDefinitions& definitions);

// Whether terms of this kind follow from the lead's key and profile alone.
bool IsOfProfile(TermKind kind);

struct IndexedFacts {
  bool is_lead = false;  // false: there is no such lead, and nothing else is set
  // The terms of the profile, ascending, none twice; nullopt if they are those of a profile with this hash, which the
  // index has.
  std::optional<std::vector<std::string>> profile_terms;
  uint64_t profile_hash = 0;           // ProfileHash
  Instant updated = Instant::Never();  // when the last command was applied; only with the terms of the profile
  std::vector<ViewTerm> view_terms;
  std::vector<CampaignEvents> events;  // no spelling twice
  int64_t score = 0;
  Instant valid_until = Instant::Never();   // nothing of it changes by time alone before
  std::vector<CampaignSpelling> campaigns;  // those of the profile
};

// Returns the facts of a lead. `profile_hash` is the lead's.
IndexedFacts FactsForIndex(const query::EvaluatedLead& lead, uint64_t profile_hash);
// Returns the facts without the terms of the profile, which `lead` need not have. Its stored view must be right.
IndexedFacts FactsWithoutProfile(const state::Lead& lead, uint64_t profile_hash);

}  // namespace leadpulse::serve
