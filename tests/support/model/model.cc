#include "tests/support/model/model.h"

#include <algorithm>

#include "tests/support/model/addresses.h"
#include "tests/support/model/check.h"
#include "tests/support/model/lead_line.h"

namespace leadpulse::model {
namespace {

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

}  // namespace

Model::Model(Definitions definitions, Millis wall_clock, AddressLimits limits)
    : definitions_(std::move(definitions)), wall_clock_(wall_clock), limits_(limits) {}

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
  const Cause cause{"EVENT", event.id, event.backfill};
  const Millis at = TimeOf(event.occurred_at);
  MoveClock(at);
  CatchUp(key);
  if (IsBeforeErasure(key, at)) return CountErased(key, event, cause);
  Lead lead = LeadOf(key);
  Entry entry = EntryOf(event, DefinitionsFor(key));
  entry.belonging = BelongingOf(event, lead);
  const Taking taking = AddEntry(lead, entry, DefinitionsFor(key).max_entries);
  if (taking == Taking::kDropped) return;
  if (taking == Taking::kJournaled) ++taken_[{event.tenant, entry.type}];
  const bool is_retracted = IsRetracted(lead, entry);
  Store(key, std::move(lead));
  // The first event of a lead whose id is an address in another form than its mailbox's.
  UpdateUse(key, false);
  const auto fact = StatusEventOf(entry);
  if (fact && !entry.machine && !is_retracted) KeepWithAddress(key, {*fact});
  if (taking == Taking::kJournaled) PassOn(key, entry);
  Refresh(key, taking == Taking::kJournaled, cause);
}

void Model::ReadCommand(const Command& command) {
  const LeadKey key{command.tenant, LeadIdOf(command.lead, command.email)};
  MoveClock(TimeOf(command.issued_at));
  CatchUp(key);
  if (FollowsAddresses(key) && command.lead.empty() && IsMailbox(key.second)) {
    ReadByAddress(key, command);
  } else {
    ApplyTo(key, command);
  }
}

void Model::ApplyTo(const LeadKey& key, const Command& command) {
  const Millis at = TimeOf(command.issued_at);
  if (IsBeforeErasure(key, at)) return;
  Lead lead = LeadOf(key);
  const Outcome outcome = ApplyCommand(lead, command, at, DefinitionsFor(key));
  if (outcome == Outcome::kDuplicate) return;
  if (outcome != Outcome::kApplied) return Reject(ReasonOf(outcome));
  if (command.actions.Find<Erase>() != nullptr) return EraseById(key, command);
  if (command.actions.Find<Withdraw>() != nullptr) return WithdrawLead(key, command);
  if (BeginsErased(lead, at)) return EraseAtOnce(key, std::move(lead), command);
  updated_.emplace(key, UpdatedNames(LeadOf(key), lead, command, DefinitionsFor(key)));
  Store(key, std::move(lead));
  UpdateUse(key, SetsEmail(command));
  Refresh(key, true, {"COMMAND", command.id, command.backfill});
  updated_.reset();
}

void Model::Reject(const std::string& reason) { dead_letters_.push_back({records_read_ - 1, reason}); }

bool Model::IsBeforeErasure(const LeadKey& key, Millis at) const {
  const auto erased = erased_.find(key);
  return erased != erased_.end() && at <= erased->second.at;
}

void Model::CountErased(const LeadKey& key, const Event& event, const Cause& cause) {
  Entry entry = EntryOf(event, DefinitionsFor(key));
  entry.belonging = BelongingOfDropped(event, key.second);
  if (entry.type == EventType::kBounce && entry.belonging.address.empty()) return;
  Lead lead = LeadOf(key);
  if (CountOnly(lead, entry) == Taking::kDropped) return;
  if (leads_.contains(key)) {
    Store(key, std::move(lead));
    if (const auto fact = StatusEventOf(entry)) KeepWithAddress(key, {*fact});
  } else {
    erased_.at(key).facts = lead.settled;
  }
  Refresh(key, false, cause);
}

Lead Model::LeadOf(const LeadKey& key) const {
  const auto held = leads_.find(key);
  if (held != leads_.end()) return held->second.lead;
  Lead lead = NewLead(key.first, key.second);
  const auto erased = erased_.find(key);
  if (erased == erased_.end()) return lead;
  lead.settled = erased->second.facts;
  for (const StatusEvent& event : lead.settled) {
    if (event.scope && *event.scope != kEverything) lead.topics.insert(*event.scope);
  }
  lead.do_not_contact = erased->second.do_not_contact;
  return lead;
}

Model::Held& Model::Store(const LeadKey& key, Lead lead) {
  Held& held = leads_[key];
  held.lead = std::move(lead);
  return held;
}

void Model::Finish(std::optional<Millis> until) {
  if (until) clock_ = std::max(clock_, *until);
  for (auto& [key, held] : leads_) CatchUp(key, held);
}

void Model::Redefine(Definitions definitions, const std::string& version) {
  for (auto& [key, held] : leads_) CatchUp(key, held);
  definitions_ = std::move(definitions);
  // If `by_email` was switched, every lead registers, or stops being registered.
  for (auto& [key, held] : leads_) UpdateUse(key, false);
  for (auto& [key, held] : leads_) RefreshOne(key, held, false, {"DEFINITIONS", version, false});
}

std::map<LeadKey, Json> Model::Leads() const {
  std::map<LeadKey, Json> lines;
  for (const auto& [key, held] : leads_) {
    if (!held.is_lead) continue;
    const auto seq = static_cast<int64_t>(changes_.at(key).size());
    lines[key] = LeadLine(FactsOf(key, held), held.view, seq);
  }
  return lines;
}

}  // namespace leadpulse::model
