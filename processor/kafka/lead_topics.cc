#include "processor/kafka/lead_topics.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "processor/kafka/changelog.h"
#include "processor/kafka/delta_log.h"
#include "state/codec/lead_codec.h"

namespace leadpulse::kafka {
namespace {

using enum UnwrittenLeads::Queue;
using Waiting = std::vector<UnwrittenLeads::Waiting*>;

// The most profiles of leads that lead.profiles has never had. An epoch takes 100 ms or more.
constexpr size_t kMostOldProfiles = 256;
// The number of records of lead.journal after which the position in lead.state is renewed, also without rows.
constexpr int64_t kMostDeltasBehindPosition = 10'000;
// The times in `deltas_kept` at which records of lead.journal become deletable.
constexpr int kDeletions = 60;

// How many rows ahead memory is prefetched.
constexpr size_t kRowsAhead = 16;

std::vector<std::string_view> KeysOf(const Waiting& waiting) {
  std::vector<std::string_view> keys;
  keys.reserve(waiting.size());
  for (const UnwrittenLeads::Waiting* one : waiting) keys.emplace_back(one->key);
  return keys;
}

std::string ChangelogKeyOf(state::RowKind kind, state::EncodedLeadKey row_key) {
  return kind == state::RowKind::kNoLead ? HiddenLeadKey(row_key) : std::move(row_key);
}

// Whether lead.state gets the row in this epoch, because the row that it has is under another key, or belongs to a life
// that has ended.
bool MustNotWait(const state::RowWrite& row) {
  return row.before != state::RowKind::kNone && (row.before != row.after || row.new_life);
}

}  // namespace

// Appends records of lead.state and lead.profiles, with leads as the engine has them.
class LeadTopics::Output {
 public:
  Output(const LeadTopics& topics, engine::PartitionEngine* engine, std::vector<OutputRecord>* records)
      : topics_(topics), engine_(*engine), records_(*records) {}

  // Makes room for this many records.
  void Expect(size_t records) { records_.reserve(records_.size() + records); }
  // Returns the lead of a row, null if it has none.
  Result<state::Lead*> Find(const state::EncodedLeadKey& row_key) {
    LP_ASSIGN_OR_RETURN(const LeadKey key, state::ParseLeadKey(row_key));
    return engine_.leads().Find(key);
  }
  // Appends the row of a lead, unless it is null. Otherwise its tombstone is there.
  void AddRow(state::EncodedLeadKey row_key, state::Lead* lead) {
    if (lead == nullptr) return;
    const state::RowKind kind = lead->is_lead() ? state::RowKind::kLead : state::RowKind::kNoLead;
    AddDigested(ChangelogKeyOf(kind, std::move(row_key)), EncodeLeadRecord(engine_.leads().EncodeRow(lead)));
  }
  void AddDigested(std::string key, std::string value) {
    AddToDigest(key, value, &digest_);
    Add(std::move(key), std::move(value));
  }
  void Add(std::string key, std::optional<std::string> value) {
    has_state_ = true;
    records_.push_back({OutputTopic::kLeadState, topics_.partition_, std::move(key), std::move(value), {}});
  }
  // Appends the lead as it is, if the row is a lead.
  void AddProfile(state::Lead* lead) {
    if (lead == nullptr || !lead->is_lead()) return;
    records_.push_back(topics_.profiles_->Encode(topics_.partition_, *lead, engine_.DefinitionsOf(*lead),
                                                 engine_.leads().VersionOf(lead)));
  }
  Status AddProfileTombstone(const state::EncodedLeadKey& row_key) {
    LP_ASSIGN_OR_RETURN(const LeadKey key, state::ParseLeadKey(row_key));
    records_.push_back(LeadProfiles::Tombstone(topics_.partition_, key));
    return Status::Ok();
  }

  engine::PartitionEngine* engine() const { return &engine_; }
  const engine::RecordDigest& digest() const { return digest_; }
  // Whether lead.state gets anything.
  bool has_state() const { return has_state_; }

 private:
  const LeadTopics& topics_;
  engine::PartitionEngine& engine_;
  std::vector<OutputRecord>& records_;
  bool has_state_ = false;
  engine::RecordDigest digest_;
};

LeadTopics::LeadTopics(PartitionId partition, UnwrittenLeads unwritten, int64_t next_delta_offset,
                       const WorkerOptions& options, const state::LeadReader* store, const LeadProfiles* profiles,
                       Time now)
    : partition_(partition),
      options_(options),
      store_(store),
      profiles_(profiles),
      unwritten_(std::move(unwritten)),
      next_delta_offset_(next_delta_offset) {
  if (!options_.profiles.enabled) {
    for (const UnwrittenLeads::Queue queue : {kSoon, kLater}) {
      for (UnwrittenLeads::Waiting* const waiting : unwritten_.Oldest(queue, Time::max(), unwritten_.size(queue))) {
        unwritten_.Remove(waiting, {queue});
      }
    }
  }
  unwritten_.BeginAt(now);
}

bool LeadTopics::AnyDue(const Due& due, const engine::PartitionPosition& position) {
  if (unwritten_.AnySince(kRows, due.rows) || unwritten_.AnySince(kDayCounts, due.rows)) return true;
  // While they are not wanted, the position has to say so: nobody keeps the topic up to date.
  if (position.has_profiles != options_.profiles.enabled) return true;
  return unwritten_.AnySince(kSoon, due.profiles_soon) || unwritten_.AnySince(kLater, due.profiles_later);
}

void LeadTopics::NoteChanges(const state::EpochWrite& write, Time now) {
  for (size_t i = 0; i < write.leads.size(); ++i) {
    if (i + kRowsAhead < write.leads.size()) unwritten_.Prefetch(write.leads[i + kRowsAhead].key);
    const state::RowWrite& row = write.leads[i];
    if (MustNotWait(row)) {
      unwritten_.Forget(row.key);
      continue;
    }
    ProfileWanted profile = ProfileWanted::kNo;
    if (options_.profiles.enabled) {
      const bool soon = row.profile_changed || row.publishes;
      profile = soon ? ProfileWanted::kSoon : ProfileWanted::kLater;
    }
    unwritten_.Note(row.key, next_delta_offset_, now, profile);
  }
  for (const state::DayCountsWrite& counts : write.day_counts) {
    unwritten_.Add(kDayCounts, counts.key, next_delta_offset_, now);
  }
}

Status LeadTopics::End(const Epoch& epoch, Time now, const Due& due, std::vector<OutputRecord>* records) {
  const state::EpochWrite& write = *epoch.write;
  engine::PartitionPosition* const position = epoch.position;
  NoteChanges(write, now);
  Output output(*this, epoch.engine, records);
  const size_t most = std::max(due.most, write.leads.size() * 5 / 4);
  LP_RETURN_IF_ERROR(WriteRows(epoch, due.rows, most, &output));
  LP_RETURN_IF_ERROR(WriteDayCounts(write, due.rows, most, &output));
  if (options_.profiles.enabled) {
    LP_ASSIGN_OR_RETURN(const size_t soon, WriteProfiles(kSoon, due.profiles_soon, most, &output));
    LP_RETURN_IF_ERROR(WriteProfiles(kLater, due.profiles_later, most - soon, &output).status());
    LP_RETURN_IF_ERROR(WriteOldProfiles(std::min(kMostOldProfiles, due.most), position, &output));
  } else {
    position->has_profiles = false;
    position->profiles_until.clear();
  }
  unwritten_.SetOffsets(next_delta_offset_, position);
  // Otherwise a restore would read ever more deltas, though they change no row.
  const bool is_outdated =
      !state_deltas_from_ || *position->deltas_from - *state_deltas_from_ > kMostDeltasBehindPosition;
  if (output.has_state() || is_outdated) {
    state_deltas_from_ = position->deltas_from;
    if (deletable_.empty() || deletable_.back().first + options_.deltas_kept / kDeletions <= now) {
      deletable_.emplace_back(now, *position->deltas_from);
    }
    engine::PartitionPosition of_state = *position;
    of_state.digest = output.digest();
    output.Add(std::string(kPositionKey), engine::EncodePosition(of_state));
  }
  DeltaWriter deltas(partition_, position->epoch, records);
  for (const state::RowWrite& row : write.leads) deltas.Add(row);
  for (const state::ErasureWrite& erasure : write.erasures) deltas.Add(erasure);
  for (const state::DayCountsWrite& counts : write.day_counts) deltas.Add(counts);
  if (epoch.new_definitions != nullptr) deltas.Add(*epoch.new_definitions);
  deltas.End(position);
  return Status::Ok();
}

Result<size_t> LeadTopics::Visit(std::span<const std::string_view> rows, Output* output,
                                 const state::PartitionLeads::RowVisitor& visit) const {
  return output->engine()->leads().VisitRows(rows, options_.max_epoch_bytes / 4, visit);
}

Status LeadTopics::WriteRows(const Epoch& epoch, Time due, size_t most, Output* output) {
  const bool has_profiles = options_.profiles.enabled;
  for (const state::RowWrite& row : epoch.write->leads) {
    if (!MustNotWait(row)) continue;
    // The tombstone comes first, so that a restore ends with the record. Compaction drops it after a while, even if it
    // is the last record.
    if (row.before != row.after) output->Add(ChangelogKeyOf(row.before, row.key), std::nullopt);
    LP_ASSIGN_OR_RETURN(state::Lead* const lead, output->Find(row.key));
    output->AddRow(row.key, lead);
    if (!has_profiles) continue;
    const bool ends = row.before == state::RowKind::kLead && row.after != state::RowKind::kLead;
    if (ends) LP_RETURN_IF_ERROR(output->AddProfileTombstone(row.key));
    if (!ends) output->AddProfile(lead);
  }
  const Waiting waiting = unwritten_.Oldest(kRows, due, most);
  output->Expect(waiting.size());
  const std::vector<std::string_view> rows = KeysOf(waiting);
  LP_ASSIGN_OR_RETURN(const size_t written, Visit(rows, output, [&](size_t i, state::Lead* lead) {
                        output->AddRow(state::EncodedLeadKey(rows[i]), lead);
                      }));
  for (size_t i = 0; i < written; ++i) unwritten_.Remove(waiting[i], {kRows});
  for (const state::ErasureWrite& erasure : epoch.write->erasures) {
    output->AddDigested(ErasureKey(erasure.key_hash), EncodeErasure(erasure.erasure));
  }
  if (epoch.new_definitions != nullptr) {
    output->Add(std::string(kDefinitionsKey), engine::EncodeDefinitions(*epoch.new_definitions));
  }
  return Status::Ok();
}

Status LeadTopics::WriteDayCounts(const state::EpochWrite& write, Time due, size_t most, Output* output) {
  const Waiting waiting = unwritten_.Oldest(kDayCounts, due, most);
  if (waiting.empty()) return Status::Ok();
  absl::flat_hash_map<std::string_view, const std::optional<std::string>*> changed;  // in this epoch
  for (const state::DayCountsWrite& counts : write.day_counts) changed.emplace(counts.key, &counts.value);
  for (UnwrittenLeads::Waiting* const row : waiting) {
    std::optional<std::string> value;
    if (const auto found = changed.find(row->key); found != changed.end()) {
      value = *found->second;
    } else {
      LP_ASSIGN_OR_RETURN(value, store_->GetDayCounts(partition_, row->key));
    }
    output->Add(DayCountsRecordKey(row->key), std::move(value));
    unwritten_.Remove(row, {kDayCounts});
  }
  return Status::Ok();
}

Result<size_t> LeadTopics::WriteProfiles(UnwrittenLeads::Queue queue, Time due, size_t most, Output* output) {
  const Waiting waiting = unwritten_.Oldest(queue, due, most);
  output->Expect(waiting.size());
  LP_ASSIGN_OR_RETURN(const size_t written,
                      Visit(KeysOf(waiting), output, [&](size_t, state::Lead* lead) { output->AddProfile(lead); }));
  for (size_t i = 0; i < written; ++i) unwritten_.Remove(waiting[i], {kSoon, kLater});
  return written;
}

Status LeadTopics::WriteOldProfiles(size_t most, engine::PartitionPosition* position, Output* output) {
  if (position->has_profiles) return Status::Ok();
  std::vector<state::EncodedLeadKey> rows;
  LP_RETURN_IF_ERROR(store_->VisitLeads(partition_, position->profiles_until, [&](std::string_view key, auto) {
    rows.emplace_back(key);
    return rows.size() < most;
  }));
  const std::vector<std::string_view> keys(rows.begin(), rows.end());
  LP_ASSIGN_OR_RETURN(const size_t written, Visit(keys, output, [&](size_t i, state::Lead* lead) {
                        if (UnwrittenLeads::Waiting* const waiting = unwritten_.Find(keys[i]))
                          unwritten_.Remove(waiting, {kSoon, kLater});
                        output->AddProfile(lead);
                      }));
  position->has_profiles = rows.size() < most && written == rows.size();
  if (position->has_profiles) {
    position->profiles_until.clear();
  } else if (written > 0) {
    position->profiles_until = rows[written - 1];
  }
  return Status::Ok();
}

std::optional<int64_t> LeadTopics::TakeDeletable(Time now) {
  std::optional<int64_t> offset;
  for (; !deletable_.empty() && deletable_.front().first + options_.deltas_kept <= now; deletable_.pop_front()) {
    offset = deletable_.front().second;
  }
  return offset;
}

}  // namespace leadpulse::kafka
