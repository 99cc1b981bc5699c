#include "tests/support/model/model.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "tests/support/model/candidates.h"
#include "tests/support/model/check.h"
#include "tests/support/model/lead_line.h"
#include "tests/support/model/text.h"

namespace leadpulse::model {
namespace {

std::string Truth(bool value) { return value ? "true" : "false"; }

std::vector<std::string> Missing(const std::vector<std::string>& wanted, const std::vector<std::string>& held) {
  std::vector<std::string> missing;
  std::set_difference(wanted.begin(), wanted.end(), held.begin(), held.end(), std::back_inserter(missing));
  return missing;
}

std::string ReasonOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kFinalStage:
      return "final_stage";
    case Outcome::kTooManyAttributes:
      return "too_many_attributes";
    case Outcome::kLeadTooLarge:
      return "lead_too_large";
    default:
      return "";
  }
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

// The changes of declared topics, by id. A topic that was not declared before, or was declared in another letter case,
// was in or out as the view before said.
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

Model::Model(Definitions definitions, Millis wall_clock)
    : definitions_(std::move(definitions)), wall_clock_(wall_clock) {}

const TenantDefinitions& Model::DefinitionsFor(const LeadKey& key) const {
  return DefinitionsOf(definitions_, key.first);
}

void Model::Read(const Record& record) {
  const size_t index = records_read_++;
  if (const auto reason = Refusal(record, definitions_, wall_clock_)) {
    dead_letters_.push_back({index, *reason});
    return;
  }
  if (const auto* event = std::get_if<Event>(&record.content)) {
    ReadEvent(*event);
  } else {
    ReadCommand(std::get<Command>(record.content));
  }
}

void Model::ReadAt(const Record& record, Millis wall_clock, Millis clock) {
  is_live_ = true;
  wall_clock_ = wall_clock;
  AdvanceTo(clock);
  Read(record);
}

void Model::AdvanceTo(Millis clock) { clock_ = std::max(clock_, clock); }

void Model::MoveClock(Millis record_time) {
  if (!is_live_) clock_ = std::max(clock_, record_time);
}

void Model::ReadEvent(const Event& event) {
  const LeadKey key{event.tenant, LeadIdOf(event.lead, event.email)};
  const Millis at = TimeOf(event.occurred_at);
  MoveClock(at);
  CatchUp(key);
  if (IsBeforeErasure(key, at)) return CountErased(key, event);
  const TenantDefinitions& definitions = DefinitionsFor(key);
  Lead lead = LeadOf(key);
  if (AddEntry(lead, EntryOf(event, definitions), definitions.max_entries) == Taking::kDropped) return;
  Keep(key, std::move(lead), {"EVENT", event.id, event.backfill});
}

void Model::ReadCommand(const Command& command) {
  const LeadKey key{command.tenant, LeadIdOf(command.lead, command.email)};
  const Millis at = TimeOf(command.issued_at);
  MoveClock(at);
  CatchUp(key);
  if (IsBeforeErasure(key, at)) return;
  Lead lead = LeadOf(key);
  const Outcome outcome = ApplyCommand(lead, command, at, DefinitionsFor(key));
  if (outcome == Outcome::kDuplicate) return;
  if (outcome != Outcome::kApplied) {
    dead_letters_.push_back({records_read_ - 1, ReasonOf(outcome)});
    return;
  }
  if (std::holds_alternative<Erase>(command.action)) {
    EraseLead(key, command, at);
    return;
  }
  Keep(key, std::move(lead), {"COMMAND", command.id, command.backfill});
}

void Model::EraseLead(const LeadKey& key, const Command& command, Millis issued_at) {
  const Lead lead = LeadOf(key);
  Millis erased_at = std::max(issued_at, lead.newest_command.value_or(issued_at));
  for (const Entry& entry : lead.journal) erased_at = std::max(erased_at, entry.at);
  StatusFacts facts = Facts(lead, DefinitionsFor(key)).status;
  facts.DropEmptyScopes();
  // One of an old address does not count.
  if (!IsLater(facts.hard_bounce, lead.address_changed_at)) facts.hard_bounce.reset();
  if (std::get<Erase>(command.action).suppress) {
    auto& out = facts.scopes[kEverything].out;
    out = std::max(out.value_or(erased_at), erased_at);
  }
  leads_.erase(key);
  erased_[key] = {erased_at, facts, lead.do_not_contact};
  Change change;
  change.kind = "LEAD_ERASED";
  Publish(key, clock_, {"COMMAND", command.id, command.backfill}, change);
}

bool Model::IsBeforeErasure(const LeadKey& key, Millis at) const {
  const auto erased = erased_.find(key);
  return erased != erased_.end() && at <= erased->second.at;
}

void Model::CountErased(const LeadKey& key, const Event& event) {
  const Entry entry = EntryOf(event, DefinitionsFor(key));
  // It would belong to no address.
  if (entry.type == EventType::kBounce && key.second.find('@') == std::string::npos) return;
  Lead lead = LeadOf(key);
  if (CountOnly(lead, entry) == Taking::kDropped) return;
  if (leads_.contains(key)) {
    Keep(key, std::move(lead), {"EVENT", event.id, event.backfill});
  } else {
    erased_.at(key).facts = lead.settled;
  }
}

Lead Model::LeadOf(const LeadKey& key) const {
  const auto held = leads_.find(key);
  if (held != leads_.end()) return held->second.lead;
  Lead lead = NewLead(key.first, key.second);
  const auto erased = erased_.find(key);
  if (erased == erased_.end()) return lead;
  lead.settled = erased->second.facts;
  lead.do_not_contact = erased->second.do_not_contact;
  return lead;
}

void Model::CatchUp(const LeadKey& key) {
  const auto held = leads_.find(key);
  if (held != leads_.end()) CatchUp(key, held->second);
}

void Model::CatchUp(const LeadKey& key, Held& held) {
  const Facts facts(held.lead, DefinitionsFor(key));
  const Cause cause{"TIME", "", false};
  for (Millis at : CandidateInstants(facts, held.evaluated_at, clock_)) {
    const View now = ViewOf(facts, at);
    if (now == held.view) continue;
    // A timer is due in the very millisecond: just before it nothing differs.
    if (at - 1 > held.evaluated_at && !(ViewOf(facts, at - 1) == held.view)) {
      defect_ = "no candidate for the flip before " + FormatInstant(at) + " of lead " + key.first + "/" + key.second;
    }
    PublishDifference(key, held.view, now, at, cause);
    held.view = now;
  }
  if (clock_ > held.evaluated_at && !(ViewOf(facts, clock_) == held.view)) {
    defect_ = "no candidate for a flip before " + FormatInstant(clock_) + " of lead " + key.first + "/" + key.second;
  }
  held.evaluated_at = std::max(held.evaluated_at, clock_);
}

void Model::Keep(const LeadKey& key, Lead lead, const Cause& cause) {
  auto [found, is_new] = leads_.try_emplace(key);
  Held& held = found->second;
  if (is_new) {
    held.view = EmptyView(DefinitionsFor(key));
    Change change;
    change.kind = "LEAD_CREATED";
    Publish(key, clock_, cause, change);
  }
  held.lead = std::move(lead);
  held.evaluated_at = clock_;
  const View before = held.view;
  held.view = ViewOf(Facts(held.lead, DefinitionsFor(key)), clock_);
  PublishDifference(key, before, held.view, clock_, cause);
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

void Model::Publish(const LeadKey& key, Millis at, const Cause& cause, Change change) {
  auto& published = changes_[key];
  change.seq = static_cast<int64_t>(published.size()) + 1;
  change.at = at;
  change.cause = cause.kind;
  change.cause_id = cause.id;
  change.backfill = cause.backfill;
  published.push_back(std::move(change));
}

void Model::Finish(std::optional<Millis> until) {
  if (until) clock_ = std::max(clock_, *until);
  for (auto& [key, held] : leads_) CatchUp(key, held);
}

void Model::Redefine(Definitions definitions, const std::string& version) {
  for (auto& [key, held] : leads_) CatchUp(key, held);
  definitions_ = std::move(definitions);
  for (auto& [key, held] : leads_) {
    const View before = held.view;
    held.view = ViewOf(Facts(held.lead, DefinitionsFor(key)), clock_);
    PublishDifference(key, before, held.view, clock_, {"DEFINITIONS", version, false});
  }
}

std::map<LeadKey, Json> Model::Leads() const {
  std::map<LeadKey, Json> lines;
  for (const auto& [key, held] : leads_) {
    const auto seq = static_cast<int64_t>(changes_.at(key).size());
    lines[key] = LeadLine(Facts(held.lead, DefinitionsFor(key)), held.view, seq);
  }
  return lines;
}

}  // namespace leadpulse::model
