#include "processor/query/leads/explanation_json.h"

#include <array>
#include <string_view>

#include "processor/base/engagement.h"
#include "processor/base/json_object.h"
#include "processor/view/address_facts.h"

namespace leadpulse::query {
namespace {

// Names by ContributionKind.
constexpr std::array<std::string_view, 5> kContributionNames = {"counted", "cut_by_limit", "expired", "before_reset",
                                                                "retracted"};
static_assert(kContributionNames.size() == static_cast<size_t>(view::ContributionKind::kRetracted) + 1);

void AppendDecision(std::string_view value, const view::Decision& decision, std::string* out) {
  JsonObject object(out);
  object.Text("value", value);
  object.Text("reason", decision.reason);
  object.Time("at", decision.at);
  object.Text("eventId", decision.id);
  if (!decision.through.empty()) object.Text("through", decision.through);
}

void AppendContribution(const state::Lead& lead, const config::TenantDefinitions& definitions,
                        const view::Contribution& part, std::string* out) {
  JsonObject object(out);
  object.Number("rule", part.rule);
  object.Text("description", (*definitions.scoring)[part.rule].description);
  if (part.entry != nullptr) {
    object.Text("eventId", part.entry->event_id());
    object.Text("type", EventTypeName(part.entry->type));
    object.Time("occurredAt", part.entry->occurred_at);
    if (const std::string_view address = view::ReceivedThrough(lead, *part.entry); !address.empty()) {
      object.Text("through", address);
    }
  }
  object.Text("outcome", kContributionNames.at(static_cast<size_t>(part.kind)));
  object.Number("points", part.points);
  object.Time("changesAt", part.changes_at);
}

void AppendScore(const state::Lead& lead, const config::TenantDefinitions& definitions,
                 const view::Explanation& explanation, std::string* out) {
  const view::ScoreExplanation& score = explanation.score;
  JsonObject object(out);
  object.Number("value", score.score);
  object.Number("sum", score.sum);
  object.Boolean("excluded", score.excluded);
  object.Time("resetAt", score.reset_at);
  object.Time("changesAt", explanation.score_changes_at);
  AppendJsonArray(score.contributions, object.Key("contributions"),
                  [&](const view::Contribution& part) { AppendContribution(lead, definitions, part, out); });
}

void AppendRuleLine(const view::RuleLine& line, std::string* out) {
  JsonObject object(out);
  object.Number("depth", line.depth);
  object.Text("rule", line.text);
  object.Boolean("holds", line.holds);
  object.Time("noChangeBefore", line.next_change_at);
}

void AppendSegment(const config::TenantDefinitions& definitions, const view::SegmentExplanation& segment,
                   std::string* out) {
  const config::Segment& definition = definitions.segments[segment.segment];
  JsonObject object(out);
  object.Text("id", definition.id);
  object.Text("name", definition.name);
  object.Boolean("holds", segment.holds);
  object.Time("changesAt", segment.changes_at);
  AppendJsonArray(segment.lines, object.Key("rule"), [&](const view::RuleLine& line) { AppendRuleLine(line, out); });
}

void AppendQuality(const view::Explanation& explanation, std::string* out) {
  JsonObject object(out);
  object.Number("value", explanation.view.quality);
  AppendJsonArray(explanation.quality, object.Key("parts"), [&](const view::QualityPart& part) {
    JsonObject entry(out);
    entry.Text("name", part.name);
    entry.Number("points", part.points);
  });
}

}  // namespace

std::string ExplanationJson(const state::Lead& lead, const config::TenantDefinitions& definitions,
                            const view::Explanation& explanation, Instant at) {
  const state::PublishedView& view = explanation.view.published;
  std::string out;
  JsonObject object(&out);
  object.Text("tenantId", lead.key.tenant);
  object.Text("leadId", lead.key.lead);
  object.Time("at", at);
  AppendScore(lead, definitions, explanation, object.Key("score"));
  {
    JsonObject tier(object.Key("tier"));
    tier.Text("value", definitions.tiers[view.tier].name);
    tier.Time("changesAt", explanation.tier_changes_at);
  }
  AppendDecision(EmailStatusName(view.email_status), explanation.email_status, object.Key("emailStatus"));
  object.Boolean("sendable", view.sendable);
  if (!explanation.withheld.empty()) object.Text("sendableReason", explanation.withheld);
  {
    JsonObject topics(object.Key("topics"));
    for (const view::TopicExplanation& topic : explanation.topics) {
      AppendDecision(topic.out ? "out" : "in", topic.decision, topics.Key(definitions.topics[topic.topic].id));
    }
  }
  AppendDecision(StageName(view.stage), explanation.stage, object.Key("stage"));
  object.Text("status", explanation.view.status);
  AppendQuality(explanation, object.Key("quality"));
  object.Number("qualification", explanation.view.qualification);
  AppendJsonArray(explanation.segments, object.Key("segments"),
                  [&](const view::SegmentExplanation& segment) { AppendSegment(definitions, segment, &out); });
  object.Time("searchedUntil", explanation.searched_until);
  object.End();
  return out;
}

}  // namespace leadpulse::query
