// The terms of a lead: what an index finds it by.
//
// A term is a text that begins with its kind. Two leads have a term in common if the values are equal for rules:
// without case, as the evaluator compares them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/engagement.h"
#include "processor/base/instant.h"
#include "processor/query/leads/evaluated_lead.h"
#include "processor/query/report/campaign_counts.h"

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
  kTag = 'g',
  kList = 'l',
  kCampaign = 'c',  // assigned
  kMeasure = 'm',   // counts for a measure of the campaign: MeasureTerm
  kPart = 'C',      // assigned to the campaign, or with an event of it
  kSegment = 'i',   // its place in the definitions
  kValue = '=',     // of an attribute
  kOther = '?',     // the attribute is set to what is no text
  kWord = 'w',      // of an attribute that searches look into
};

std::string TermOf(TermKind kind, std::string_view value = {});
// `attribute` is a normalised name, `value` folded.
std::string TermOf(TermKind kind, std::string_view attribute, std::string_view value);

std::string MeasureTerm(report::Measure measure, std::string_view folded_campaign);

// Whether the attribute is found by the words of its value; others are found by the whole value.
bool HasWords(std::string_view attribute);
// Longer values, in bytes, have no term: the lead is found by kOther.
inline constexpr size_t kLongestValue = 64;

// A campaign, as the lead's journal or profile spells it.
struct CampaignSpelling {
  std::string folded;
  std::string spelling;
};

struct IndexedFacts {
  std::vector<std::string> terms;  // ascending, none twice
  int64_t score = 0;
  Instant valid_until = Instant::Never();  // nothing of it changes by time alone before
  std::vector<CampaignSpelling> campaigns;
};

IndexedFacts FactsForIndex(const query::EvaluatedLead& lead);

}  // namespace leadpulse::serve
