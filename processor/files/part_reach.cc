#include "processor/files/part_reach.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <unordered_set>

#include "processor/engine/partitioner.h"
#include "state/cache/partition_leads.h"
#include "state/lead/identity.h"

namespace leadpulse::files {
namespace {

// Bytes of memory that the smallest lead takes.
constexpr size_t kSmallestLead = 1 << 10;

// Returns the bytes that the mailbox's answer adds to a lead.
size_t AnswerBytes(const state::Lead& mailbox) {
  size_t bytes = mailbox.identity->others->HeapBytes();
  // It has a topic only if it has an entry or a fact.
  if (mailbox.journal.MemoryBytes() > kSmallestLead) {
    bytes += state::FactsOfAddress(mailbox, state::kOwnSlot).HeapBytes();
  }
  for (const auto& [id, lead] : mailbox.identity->leads) bytes += lead.facts.HeapBytes();
  const bool passes_on = mailbox.identity->leads.size() < 2 * state::kMaxUsersPassedOnTo;
  return bytes + (passes_on ? 2 * mailbox.journal.MemoryBytes() : 0);
}

}  // namespace

void PartReach::Begin(size_t end) {
  reaches_.clear();
  reached_.assign(partitions_, {});
  told_.assign(partitions_, {});
  connections_.clear();
  reaches_others_ = false;
  next_ = 0;
  first_left_ = end;
}

void PartReach::Find(std::span<const pipeline::Record> records, size_t first, size_t end) {
  Begin(end);
  for (const pipeline::Record& record : records) {
    engine::RecordReach reach = runner_->ReachOf(record);
    if (reach.leads.empty() && !reach.changes_others) continue;
    reaches_others_ = reaches_others_ || !reach.leads.empty() || reach.is_shared;
    AddReached(record, reach);
    const bool is_unforeseeable = reach.changes_others && reach.is_shared;
    reaches_.emplace_back(&record, std::move(reach));
    if (!is_unforeseeable) continue;
    // It is a part of its own.
    LeaveFrom(record.index == first ? record.index + 1 : record.index);
    break;
  }
}

Status PartReach::FindConnections(std::span<PartReach* const> all) {
  const std::vector<Reached> leads = Collect(all, &PartReach::reached_);
  LP_ASSIGN_OR_RETURN(const size_t loaded, Load(leads));
  size_t told_bytes = 0;
  size_t answer_bytes = 0;
  std::unordered_set<const state::Lead*> seen;
  std::unordered_map<const state::Lead*, size_t> answers;  // the bytes of each mailbox's
  for (const Reached& one : std::span(leads).first(loaded)) {
    const state::Lead* lead = runner_->engine().leads().Peek(one.key);
    if (lead == nullptr) continue;
    if (!lead->identity->mailbox.empty()) connections_.emplace_back(one.key, lead->identity->mailbox);
    if (one.is_asked) {
      const auto [answer, is_new] = answers.try_emplace(lead);
      if (is_new) answer->second = AnswerBytes(*lead);
      answer_bytes += answer->second;
    }
    if (one.tells_users && seen.insert(lead).second) told_bytes += AddTold(one, *lead->identity);
    if (answer_bytes <= part_bytes_ && told_bytes <= 2 * partitions_ * part_bytes_) continue;
    LeaveFrom(one.order);
    break;
  }
  return Status::Ok();
}

Status PartReach::FindTold(std::span<PartReach* const> all) {
  const std::vector<Reached> leads = Collect(all, &PartReach::told_);
  LP_ASSIGN_OR_RETURN(const size_t loaded, Load(leads));
  size_t bytes = 0;
  for (const Reached& one : std::span(leads).first(loaded)) {
    const state::Lead* lead = runner_->engine().leads().Peek(one.key);
    if (lead != nullptr) bytes += state::PartitionLeads::BytesOf(*lead);
    if (bytes <= 2 * part_bytes_) continue;
    LeaveFrom(one.order);
    break;
  }
  return Status::Ok();
}

bool PartReach::tells() const {
  return std::ranges::any_of(told_, [](const std::vector<Reached>& told) { return !told.empty(); });
}

const engine::RecordReach& PartReach::Next(const pipeline::Record& record) {
  static const engine::RecordReach kNothing;
  const bool is_next = next_ < reaches_.size() && reaches_[next_].first == &record;
  return is_next ? reaches_[next_++].second : kNothing;
}

void PartReach::AddReached(const pipeline::Record& record, const engine::RecordReach& reach) {
  const LeadKey* from = pipeline::KeyOf(*record.decoded);
  for (const std::string& lead : reach.leads) {
    const bool is_asked = reach.asks && &lead == &reach.leads.back();
    Add({{from->tenant, lead}, record.index, from, reach.tells_users, is_asked}, &reached_);
  }
}

void PartReach::Add(Reached one, ReachedOfAll* to) {
  const PartitionId partition = engine::PartitionOf(one.key, static_cast<uint32_t>(to->size()));
  (*to)[partition.value].push_back(std::move(one));
}

size_t PartReach::AddTold(const Reached& mailbox, const state::LeadIdentity& identity) {
  size_t bytes = 0;
  for (const auto& [id, user] : identity.leads) {
    if (!user.uses || id == mailbox.from->lead) continue;
    Add({.key = {mailbox.key.tenant, id}, .order = mailbox.order}, &told_);
    bytes += kSmallestLead;
  }
  return bytes;
}

std::vector<PartReach::Reached> PartReach::Collect(std::span<PartReach* const> all,
                                                   ReachedOfAll PartReach::*of_all) const {
  std::vector<Reached> ours;
  for (PartReach* const one : all) {
    std::vector<Reached>& reached = (one->*of_all)[number_];
    ours.insert(ours.end(), std::make_move_iterator(reached.begin()), std::make_move_iterator(reached.end()));
    reached.clear();
  }
  std::ranges::stable_sort(ours, {}, &Reached::order);
  return ours;
}

Result<size_t> PartReach::Load(const std::vector<Reached>& leads) {
  std::vector<const LeadKey*> keys;
  for (const Reached& one : leads) keys.push_back(&one.key);
  if (keys.empty()) return 0;
  LP_ASSIGN_OR_RETURN(const size_t loaded, runner_->Load(keys, part_bytes_));
  if (loaded < leads.size()) LeaveFrom(leads[loaded].order);
  return loaded;
}

}  // namespace leadpulse::files
