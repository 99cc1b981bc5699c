// Explains the view of a lead (promise P4).
//
// Built from the same functions as the view itself, so that both agree.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/view/quality.h"
#include "processor/view/score.h"
#include "processor/view/view.h"
#include "state/lead/lead.h"

namespace leadpulse::view {

// One line of a rule, top down: an AND, OR or NOT before its parts, or a predicate in its normal form.
struct RuleLine {
  int depth = 0;
  std::string text;
  bool holds = false;
  Instant next_change_at = Instant::Never();  // time alone does not change this part's answer earlier
};

struct SegmentExplanation {
  uint32_t segment = 0;  // index into the definitions
  bool holds = false;
  std::vector<RuleLine> lines;
  // The instant at which time alone next changes the answer; Never() if it does not.
  Instant changes_at = Instant::Never();
};

// The end of a reason whose event is in no journal of the lead.
inline constexpr std::string_view kOfAnotherLead =
    "; another lead with the same address, which may be erased by now, has it";

// The reason for an email status or a stage: a sentence, and the entry or command, if any.
struct Decision {
  std::string reason;
  Instant at = Instant::DistantPast();  // DistantPast(): no instant decides it
  std::string id = {};                  // event_id; empty if the entry is folded or there is none
  std::string through = {};             // the address that the event was sent for; empty: sent for the lead itself
};

// A declared topic that the lead has opted out of at some time.
struct TopicExplanation {
  uint32_t topic = 0;  // index into the definitions
  bool out = false;
  Decision decision;
};

// Explains the email status. This and the functions below are in decisions.cc.
Decision DecideEmailStatus(const state::Lead& lead, const state::EngagementTotals& totals,
                           const config::TenantDefinitions& definitions);
// Returns why the lead may not be mailed, apart from its email status; empty: nothing else prevents mail.
std::string WhyWithheld(const state::Lead& lead, const config::TenantDefinitions& definitions);
// Explains the declared topics that the lead has ever opted out of, ascending.
std::vector<TopicExplanation> ExplainTopics(const state::Lead& lead, const state::EngagementTotals& totals,
                                            const config::TenantDefinitions& definitions);
Decision DecideStage(const state::Lead& lead, const state::EngagementTotals& totals, const View& view,
                     const config::Lifecycle& lifecycle);

struct Explanation {
  View view;
  ScoreExplanation score;
  // When time alone next changes each of these, and to what; without a meaning while the instant is Never().
  Instant score_changes_at = Instant::Never();
  int64_t score_changes_to = 0;
  Instant tier_changes_at = Instant::Never();
  uint32_t tier_changes_to = 0;  // index into the definitions
  Instant quality_changes_at = Instant::Never();
  int64_t quality_changes_to = 0;
  Decision email_status;
  std::string withheld;  // WhyWithheld
  std::vector<TopicExplanation> topics;
  Decision stage;
  std::vector<QualityPart> quality;  // only parts that give points; their sum is clamped to 0–100
  std::vector<SegmentExplanation> segments;
  // Changes by time were searched up to here: a changes_at of Never() means none earlier. Never(): no limit.
  Instant searched_until = Instant::Never();
};

// Explains a lead. `lead` outlives the result, because contributions point into it.
Explanation Explain(const state::Lead& lead, const config::TenantDefinitions& definitions, Instant now);

}  // namespace leadpulse::view
