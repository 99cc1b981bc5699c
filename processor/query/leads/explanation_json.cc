#include "processor/query/leads/explanation_json.h"

#include <array>
#include <string_view>

#include "processor/base/engagement.h"
#include "processor/base/json_object.h"
#include "processor/view/address_facts.h"
#include "schemas/codec/protobuf_change.h"

namespace leadpulse::query {
namespace {

using codec::GetTime;
using codec::SetTime;
using Explained = v1::Explanation;

// Names by ContributionKind.
constexpr std::array<std::string_view, 5> kContributionNames = {"counted", "cut_by_limit", "expired", "before_reset",
                                                                "retracted"};
static_assert(kContributionNames.size() == static_cast<size_t>(view::ContributionKind::kRetracted) + 1);

void SetDecision(std::string_view value, const view::Decision& decision, Explained::Decision* out) {
  out->set_value(std::string(value));
  out->set_reason(decision.reason);
  SetTime(decision.at, &Explained::Decision::mutable_at, out);
  out->set_event_id(decision.id);
  out->set_through(decision.through);
}

void SetContribution(const state::Lead& lead, const config::TenantDefinitions& definitions,
                     const view::Contribution& part, Explained::Contribution* out) {
  out->set_rule(static_cast<uint32_t>(part.rule));
  out->set_description((*definitions.scoring)[part.rule].description);
  if (part.entry != nullptr) {
    out->set_event_id(std::string(part.entry->event_id()));
    out->set_type(std::string(EventTypeName(part.entry->type)));
    SetTime(part.entry->occurred_at, &Explained::Contribution::mutable_occurred_at, out);
    out->set_through(std::string(view::ReceivedThrough(lead, *part.entry)));
  }
  out->set_outcome(std::string(kContributionNames.at(static_cast<size_t>(part.kind))));
  out->set_points(part.points);
  SetTime(part.changes_at, &Explained::Contribution::mutable_changes_at, out);
}

void SetScore(const state::Lead& lead, const config::TenantDefinitions& definitions,
              const view::Explanation& explanation, Explained::Score* out) {
  const view::ScoreExplanation& score = explanation.score;
  out->set_value(score.score);
  out->set_sum(score.sum);
  out->set_excluded(score.excluded);
  SetTime(score.reset_at, &Explained::Score::mutable_reset_at, out);
  SetTime(explanation.score_changes_at, &Explained::Score::mutable_changes_at, out);
  if (out->has_changes_at()) out->set_changes_to(explanation.score_changes_to);
  for (const view::Contribution& part : score.contributions) {
    SetContribution(lead, definitions, part, out->add_contributions());
  }
}

void SetSegment(const config::Segment& definition, const view::SegmentExplanation& segment, Explained::Segment* out) {
  out->set_id(definition.id);
  out->set_name(definition.name);
  out->set_holds(segment.holds);
  SetTime(segment.changes_at, &Explained::Segment::mutable_changes_at, out);
  for (const view::RuleLine& line : segment.lines) {
    Explained::RuleLine* const added = out->add_rule();
    added->set_depth(static_cast<uint32_t>(line.depth));
    added->set_rule(line.text);
    added->set_holds(line.holds);
    SetTime(line.next_change_at, &Explained::RuleLine::mutable_no_change_before, added);
  }
}

void SetQuality(const view::Explanation& explanation, Explained::Quality* out) {
  out->set_value(explanation.view.quality);
  SetTime(explanation.quality_changes_at, &Explained::Quality::mutable_changes_at, out);
  if (out->has_changes_at()) out->set_changes_to(explanation.quality_changes_to);
  for (const view::QualityPart& part : explanation.quality) {
    Explained::QualityPart* const added = out->add_parts();
    added->set_name(part.name);
    added->set_points(part.points);
  }
}

void AppendDecision(const Explained::Decision& decision, std::string* out) {
  JsonObject object(out);
  object.Text("value", decision.value());
  object.Text("reason", decision.reason());
  object.Time("at", GetTime(decision.has_at(), decision.at()));
  object.Text("eventId", decision.event_id());
  if (!decision.through().empty()) object.Text("through", decision.through());
}

void AppendContribution(const Explained::Contribution& part, std::string* out) {
  JsonObject object(out);
  object.Number("rule", part.rule());
  object.Text("description", part.description());
  if (part.has_occurred_at()) {
    object.Text("eventId", part.event_id());
    object.Text("type", part.type());
    object.Time("occurredAt", GetTime(true, part.occurred_at()));
    if (!part.through().empty()) object.Text("through", part.through());
  }
  object.Text("outcome", part.outcome());
  object.Number("points", part.points());
  object.Time("changesAt", GetTime(part.has_changes_at(), part.changes_at()));
}

// Appends when time alone changes the value, and to which number.
template <typename Explained>
void AppendNumberChange(const Explained& explained, JsonObject* object) {
  object->Time("changesAt", GetTime(explained.has_changes_at(), explained.changes_at()));
  explained.has_changes_to() ? object->Number("changesTo", explained.changes_to()) : object->Null("changesTo");
}

void AppendScore(const Explained::Score& score, std::string* out) {
  JsonObject object(out);
  object.Number("value", score.value());
  object.Number("sum", score.sum());
  object.Boolean("excluded", score.excluded());
  object.Time("resetAt", GetTime(score.has_reset_at(), score.reset_at()));
  AppendNumberChange(score, &object);
  AppendJsonArray(score.contributions(), object.Key("contributions"),
                  [out](const Explained::Contribution& part) { AppendContribution(part, out); });
}

void AppendRuleLine(const Explained::RuleLine& line, std::string* out) {
  JsonObject object(out);
  object.Number("depth", line.depth());
  object.Text("rule", line.rule());
  object.Boolean("holds", line.holds());
  object.Time("noChangeBefore", GetTime(line.has_no_change_before(), line.no_change_before()));
}

void AppendSegment(const Explained::Segment& segment, std::string* out) {
  JsonObject object(out);
  object.Text("id", segment.id());
  object.Text("name", segment.name());
  object.Boolean("holds", segment.holds());
  object.Time("changesAt", GetTime(segment.has_changes_at(), segment.changes_at()));
  AppendJsonArray(segment.rule(), object.Key("rule"),
                  [out](const Explained::RuleLine& line) { AppendRuleLine(line, out); });
}

void AppendQuality(const Explained::Quality& quality, std::string* out) {
  JsonObject object(out);
  object.Number("value", quality.value());
  AppendNumberChange(quality, &object);
  AppendJsonArray(quality.parts(), object.Key("parts"), [out](const Explained::QualityPart& part) {
    JsonObject entry(out);
    entry.Text("name", part.name());
    entry.Number("points", part.points());
  });
}

}  // namespace

v1::Explanation ExplanationMessage(const state::Lead& lead, const config::TenantDefinitions& definitions,
                                   const view::Explanation& explanation, Instant at) {
  const state::PublishedView& view = explanation.view.published;
  v1::Explanation message;
  message.set_tenant_id(lead.key.tenant);
  message.set_lead_id(lead.key.lead);
  SetTime(at, &v1::Explanation::mutable_at, &message);
  SetScore(lead, definitions, explanation, message.mutable_score());
  message.mutable_tier()->set_value(definitions.tiers[view.tier].name);
  SetTime(explanation.tier_changes_at, &Explained::Tier::mutable_changes_at, message.mutable_tier());
  if (message.tier().has_changes_at()) {
    message.mutable_tier()->set_changes_to(definitions.tiers[explanation.tier_changes_to].name);
  }
  SetDecision(EmailStatusName(view.email_status), explanation.email_status, message.mutable_email_status());
  message.set_sendable(view.sendable);
  message.set_sendable_reason(explanation.withheld);
  for (const view::TopicExplanation& topic : explanation.topics) {
    Explained::Topic* const added = message.add_topics();
    added->set_id(definitions.topics[topic.topic].id);
    SetDecision(topic.out ? "out" : "in", topic.decision, added->mutable_decision());
  }
  SetDecision(StageName(view.stage), explanation.stage, message.mutable_stage());
  message.set_status(std::string(explanation.view.status));
  SetQuality(explanation, message.mutable_quality());
  message.set_qualification(explanation.view.qualification);
  for (const view::SegmentExplanation& segment : explanation.segments) {
    SetSegment(definitions.segments[segment.segment], segment, message.add_segments());
  }
  SetTime(explanation.searched_until, &v1::Explanation::mutable_searched_until, &message);
  return message;
}

std::string ExplanationJson(const v1::Explanation& explanation) {
  std::string out;
  JsonObject object(&out);
  object.Text("tenantId", explanation.tenant_id());
  object.Text("leadId", explanation.lead_id());
  object.Time("at", GetTime(explanation.has_at(), explanation.at()));
  AppendScore(explanation.score(), object.Key("score"));
  {
    JsonObject tier(object.Key("tier"));
    tier.Text("value", explanation.tier().value());
    tier.Time("changesAt", GetTime(explanation.tier().has_changes_at(), explanation.tier().changes_at()));
    explanation.tier().has_changes_to() ? tier.Text("changesTo", explanation.tier().changes_to())
                                        : tier.Null("changesTo");
  }
  AppendDecision(explanation.email_status(), object.Key("emailStatus"));
  object.Boolean("sendable", explanation.sendable());
  if (!explanation.sendable_reason().empty()) object.Text("sendableReason", explanation.sendable_reason());
  {
    JsonObject topics(object.Key("topics"));
    for (const Explained::Topic& topic : explanation.topics()) AppendDecision(topic.decision(), topics.Key(topic.id()));
  }
  AppendDecision(explanation.stage(), object.Key("stage"));
  object.Text("status", explanation.status());
  AppendQuality(explanation.quality(), object.Key("quality"));
  object.Number("qualification", explanation.qualification());
  AppendJsonArray(explanation.segments(), object.Key("segments"),
                  [&out](const Explained::Segment& segment) { AppendSegment(segment, &out); });
  object.Time("searchedUntil", GetTime(explanation.has_searched_until(), explanation.searched_until()));
  object.End();
  return out;
}

}  // namespace leadpulse::query
