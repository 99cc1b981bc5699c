// The changes that the model publishes: due timers, and differences between views.

#include <algorithm>
#include <iterator>
#include <set>

#include "tests/support/model/candidates.h"
#include "tests/support/model/model.h"
#include "tests/support/model/text.h"

namespace leadpulse::model {
namespace {

std::string Truth(bool value) { return value ? "true" : "false"; }

std::vector<std::string> Missing(const std::vector<std::string>& wanted, const std::vector<std::string>& held) {
  std::vector<std::string> missing;
  std::set_difference(wanted.begin(), wanted.end(), held.begin(), held.end(), std::back_inserter(missing));
  return missing;
}

Change Difference(const std::string& kind, const std::string& from, const std::string& to) {
  Change change;
  change.kind = kind;
  change.from = from;
  change.to = to;
  return change;
}

Change TopicChange(const std::string& topic, bool was_out, bool is_out) {
  Change change = Difference("TOPIC_CHANGED", was_out ? "out" : "in", is_out ? "out" : "in");
  change.name = topic;
  return change;
}

// Returns the changes of declared topics, by id. If a topic was not declared before, or in another letter case, the
// view before says whether the lead was in.
std::vector<Change> TopicChanges(const TenantDefinitions& definitions, const View& before, const View& after) {
  const auto is_out = [](const View& view, const std::string& id) {
    return std::any_of(view.topics_out.begin(), view.topics_out.end(),
                       [&](const std::string& out) { return SameText(out, id); });
  };
  std::set<std::string> ids;
  for (const Topic& topic : definitions.topics) ids.insert(topic.id);
  std::vector<Change> changes;
  for (const std::string& id : ids) changes.push_back(TopicChange(id, is_out(before, id), is_out(after, id)));
  return changes;
}

Change SegmentChange(const std::string& kind, const std::string& segment) {
  Change change;
  change.kind = kind;
  change.name = segment;
  return change;
}

}  // namespace

std::vector<LeadKey> Model::Concerned(const LeadKey& key) const {
  std::vector<LeadKey> keys;
  if (!FollowsAddresses(key)) {
    if (leads_.contains(key)) keys.push_back(key);
    return keys;
  }
  for (const auto& [other, held] : leads_) {
    if (other.first == key.first) keys.push_back(other);
  }
  return keys;
}

Facts Model::FactsOf(const LeadKey& key, const Held& held) const {
  return {held.lead, DefinitionsFor(key), StandingOf(key)};
}

void Model::CatchUp(const LeadKey& key) {
  for (const LeadKey& concerned : Concerned(key)) CatchUp(concerned, leads_.at(concerned));
}

void Model::CatchUp(const LeadKey& key, Held& held) {
  if (!held.is_lead || held.evaluated_at >= clock_) return;
  const Facts facts = FactsOf(key, held);
  const Cause cause{"TIME", "", false};
  for (Millis at : CandidateInstants(facts, held.evaluated_at, clock_)) {
    const View now = ViewOf(facts, at);
    if (now == held.view) continue;
    // A timer is due in this exact millisecond: just before it there is no difference.
    if (at - 1 > held.evaluated_at && !(ViewOf(facts, at - 1) == held.view)) {
      defect_ = "no candidate for the flip before " + FormatInstant(at) + " of lead " + key.first + "/" + key.second;
    }
    PublishDifference(key, held.view, now, at, cause);
    held.view = now;
  }
  if (!(ViewOf(facts, clock_) == held.view)) {
    defect_ = "no candidate for a flip before " + FormatInstant(clock_) + " of lead " + key.first + "/" + key.second;
  }
  held.evaluated_at = clock_;
}

void Model::Refresh(const LeadKey& key, bool may_create, const Cause& cause) {
  for (const LeadKey& concerned : Concerned(key)) {
    RefreshOne(concerned, leads_.at(concerned), may_create && concerned == key, cause);
  }
}

void Model::RefreshOne(const LeadKey& key, Held& held, bool may_create, const Cause& cause) {
  if (IsGhost(key)) {
    if (held.is_lead) Publish(key, cause, "LEAD_MERGED", UsersOf(key).front().second);
    held.is_lead = false;
    return;
  }
  if (!held.is_lead) {
    if (!may_create) return;
    held.is_lead = true;
    held.view = EmptyView(DefinitionsFor(key));
    Publish(key, cause, "LEAD_CREATED");
  }
  held.evaluated_at = clock_;
  const View before = held.view;
  held.view = ViewOf(FactsOf(key, held), clock_);
  PublishDifference(key, before, held.view, clock_, cause);
  if (!updated_ || updated_->first != key || updated_->second.empty() || !DefinitionsFor(key).publish_updates) return;
  Change change;
  change.kind = "LEAD_UPDATED";
  change.updated = updated_->second;
  Publish(key, clock_, cause, change);
}

void Model::PublishDifference(const LeadKey& key, const View& before, const View& after, Millis at,
                              const Cause& cause) {
  std::vector<Change> changes = {Difference("EMAIL_STATUS_CHANGED", before.email_status, after.email_status),
                                 Difference("SENDABLE_CHANGED", Truth(before.sendable), Truth(after.sendable))};
  for (const Change& change : TopicChanges(DefinitionsFor(key), before, after)) changes.push_back(change);
  changes.push_back(Difference("STAGE_CHANGED", before.stage, after.stage));
  if (DefinitionsFor(key).publish_score_changes) {
    changes.push_back(Difference("SCORE_CHANGED", std::to_string(before.score), std::to_string(after.score)));
  }
  changes.push_back(Difference("TIER_CHANGED", before.tier, after.tier));
  std::erase_if(changes, [](const Change& change) { return change.from == change.to; });
  for (const std::string& id : Missing(before.segments, after.segments)) {
    changes.push_back(SegmentChange("SEGMENT_LEFT", id));
  }
  for (const std::string& id : Missing(after.segments, before.segments)) {
    changes.push_back(SegmentChange("SEGMENT_ENTERED", id));
  }
  for (const Change& change : changes) Publish(key, at, cause, change);
}

void Model::Publish(const LeadKey& key, const Cause& cause, const std::string& kind, const std::string& name) {
  Change change;
  change.kind = kind;
  change.name = name;
  Publish(key, clock_, cause, change);
}

void Model::Publish(const LeadKey& key, Millis at, const Cause& cause, Change change) {
  auto& published = changes_[key];
  change.seq = static_cast<int64_t>(published.size()) + 1;
  change.at = at;
  change.cause = cause.kind;
  change.cause_id = cause.id;
  change.backfill = cause.backfill;
  published.push_back(std::move(change));
}

}  // namespace leadpulse::model
