#include "processor/kafka/partition_restore.h"

#include <algorithm>
#include <utility>

#include "processor/base/crash_point.h"
#include "processor/kafka/erasure_secret.h"
#include "processor/kafka/worker_metrics.h"
#include "processor/telemetry/logging.h"
#include "state/codec/lead_codec.h"

namespace leadpulse::kafka {
namespace {

// The rows of the store in memory at once.
constexpr size_t kHeldBytes = 8 << 20;
// The most records before a position that a digest can cover: many times an epoch.
constexpr size_t kMaxDigestedRecords = 1 << 20;

std::string Spell(const InputOffsets& offsets) {
  return std::to_string(offsets[InputTopic::kEvents]) + ", " + std::to_string(offsets[InputTopic::kCommands]) +
         " and " + std::to_string(offsets[InputTopic::kExchange]);
}

}  // namespace

PartitionRestore::PartitionRestore(PartitionId partition, const WorkerOptions& options, state::LeadStore* store,
                                   const PartitionWriter& writer, InputConsumer* consumer, const StateReaders& readers,
                                   WorkerMetrics* metrics)
    : partition_(partition),
      options_(options),
      store_(store),
      writer_(writer),
      consumer_(consumer),
      readers_(readers),
      metrics_(metrics) {}

PartitionRestore::NextStep PartitionRestore::step() const {
  if (superseded_) return NextStep::kNone;
  if (!begun_) return NextStep::kBegin;
  if (of_no_use_) return NextStep::kStartAnew;
  return reached_ < end_ ? NextStep::kTake : NextStep::kEnd;
}

Status PartitionRestore::Begin(const std::optional<InputOffsets>& committed, const Bounds& bounds) {
  committed_ = committed;
  LP_ASSIGN_OR_RETURN(local_, engine::ReadLocalPosition(state::MetaOf(*store_), partition_));
  if (local_ && local_->position.application == options_.application) {
    LP_RETURN_IF_ERROR(CheckEngine(local_->position.engine_version));
  }
  const bool has_deltas = local_ && local_->position.deltas_from.has_value();
  const LogBounds& log = has_deltas ? bounds.deltas : bounds.state;
  of_no_use_ = !(local_.has_value() && local_->position.application == options_.application &&
                 local_->position.erasure_secret_check == ErasureSecretCheck(*store_) &&
                 local_->next_changelog_offset >= log.begin && local_->next_changelog_offset <= log.end);
  if (of_no_use_) {
    begun_ = true;
    // There are no records to read.
    return bounds.state.begin == bounds.state.end ? DropState(bounds.state) : Status::Ok();
  }
  LP_ASSIGN_OR_RETURN(definitions_, engine::ReadLocalDefinitions(state::MetaOf(*store_), partition_));
  position_ = local_->position;
  if (has_deltas) {
    // What the topics of leads lack is for the partition's owner to know: the positions that it writes say it.
    LP_RETURN_IF_ERROR(
        StartDeltas(bounds.deltas, writer_.is_standby() ? std::optional(local_->next_changelog_offset) : std::nullopt));
  } else {
    begin_ = reached_ = local_->next_changelog_offset;
    end_ = bounds.state.end;
    LP_RETURN_IF_ERROR(StartReading());
  }
  begun_ = true;
  return Status::Ok();
}

Status PartitionRestore::StartReading() {
  if (reached_ < end_) LP_RETURN_IF_ERROR(reader()->Start(partition_, reached_));
  // The standby reads all partitions every few seconds.
  const auto log = writer_.is_standby() ? telemetry::LogDebug : telemetry::LogInfo;
  log("partition " + std::to_string(partition_.value) + ": restoring from " +
          (takes_deltas() ? "lead.journal" : "lead.state") + " offset " + std::to_string(reached_) + " to " +
          std::to_string(end_),
      {telemetry::PartitionField(partition_)});
  return Status::Ok();
}

Status PartitionRestore::StartDeltas(const LogBounds& bounds, std::optional<int64_t> from) {
  // Without `deltas_from`, no change is missing from lead.state that is not in lead.journal.
  const int64_t wanted = from ? *from : position_ ? position_->deltas_from.value_or(bounds.begin) : bounds.begin;
  reads_on_ = from.has_value();
  wanted_deltas_from_ = wanted;
  const bool begins_late = wanted < bounds.begin;
  const bool ends_early = wanted > bounds.end;
  // The partition's share of the memory for decoded leads, which has none of its own yet.
  const size_t shared = writer_.is_standby() ? options_.restore_bytes : options_.lead_cache_bytes;
  replay_.emplace(
      partition_, store_,
      DeltaReplay::Base{.epoch = position_ ? position_->epoch : 0,
                        .is_lead_state = from_scratch_,
                        .rows_from = position_ ? position_->rows_from.value_or(wanted) : wanted,
                        .profiles_soon_from = position_ ? position_->profiles_soon_from.value_or(wanted) : wanted,
                        .begins_late = begins_late,
                        .ends_early = ends_early,
                        .gathered_bytes = shared / store_->partition_count(),
                        .notes = !writer_.is_standby()});
  begin_ = reached_ = std::clamp(wanted, bounds.begin, bounds.end);
  end_ = bounds.end;
  return StartReading();
}

Status PartitionRestore::StartAnew() {
  // Take no records before the reader is at the beginning: after an error, all starts again.
  begun_ = met_records_ = false;
  LP_ASSIGN_OR_RETURN(LogBounds bounds, readers_.state->Bounds(partition_));
  LP_RETURN_IF_ERROR(DropState(bounds));
  if (superseded_) return Status::Ok();
  LP_RETURN_IF_ERROR(StartReading());
  begun_ = true;
  return Status::Ok();
}

Status PartitionRestore::DropState(const LogBounds& bounds) {
  state::EpochWrite write;
  engine::AppendDrop(partition_, &write);
  LP_RETURN_IF_ERROR(Write(std::move(write)));
  CrashPoint("restore_dropped");
  of_no_use_ = false;
  from_scratch_ = true;
  bulk_.emplace(partition_, writer_, store_, options_.restore_bytes);
  local_.reset();
  position_.reset();
  definitions_.reset();
  hash_sums_.clear();
  digest_fits_ = true;
  replay_.reset();
  read_ons_ = 0;
  begin_ = reached_ = bounds.begin;
  end_ = bounds.end;
  ++metrics_->full_restores;
  return Status::Ok();
}

Status PartitionRestore::Take(std::span<const ChangelogRecord> records, int64_t reached, Instant now) {
  if (!takes_deltas() && !records.empty() && !met_records_) {
    met_records_ = true;
    // The tombstone of a lead erased meanwhile may be gone, and its old state would stay.
    if (local_ && now - local_->written_at >= options_.tombstones_kept / 2) {
      BeOfNoUse();
      return Status::Ok();
    }
  }
  const Status applied = takes_deltas() ? ApplyDeltas(records) : Apply(records);
  LP_RETURN_IF_ERROR(UnlessSuperseded(applied));
  if (superseded_) return Status::Ok();
  CrashPoint("restore_applied");
  metrics_->restored_records += records.size();
  reached_ = std::max(reached_, reached);
  return Status::Ok();
}

Status PartitionRestore::Apply(std::span<const ChangelogRecord> records) {
  state::EpochWrite write;
  std::vector<ChangelogRecord> leads;
  for (const ChangelogRecord& record : records) {
    switch (KindOfChangelogKey(record.key)) {
      case ChangelogKind::kLead:
      case ChangelogKind::kHiddenLead:
        if (record.value) NoteRecord(record);
        leads.push_back(record);
        leads.back().key = RowKeyOf(record.key);
        break;
      case ChangelogKind::kErasure: {
        if (!record.value) break;
        NoteRecord(record);
        LP_ASSIGN_OR_RETURN(state::Erasure erasure, DecodeErasure(*record.value));
        write.erasures.push_back({partition_, std::string(KeyHashOfErasure(record.key)), erasure});
        break;
      }
      case ChangelogKind::kDayCounts: {
        std::optional<std::string> counts;
        if (record.value) counts.emplace(*record.value);
        write.day_counts.push_back({partition_, std::string(DayCountsRowOf(record.key)), std::move(counts)});
        break;
      }
      case ChangelogKind::kDefinitions: {
        if (!record.value) break;
        LP_ASSIGN_OR_RETURN(engine::StoredDefinitions definitions, DecodeDefinitions(*record.value));
        LP_RETURN_IF_ERROR(TakeDefinitions(std::move(definitions)));
        break;
      }
      case ChangelogKind::kPosition:
        if (record.value) LP_RETURN_IF_ERROR(NotePosition(*record.value));
        break;
      case ChangelogKind::kUnknown:
        break;
    }
  }
  LP_RETURN_IF_ERROR(bulk_ ? Gather(leads) : ApplyLeads(std::move(leads), &write));
  return WriteCatchingUp(std::move(write));
}

Status PartitionRestore::WriteCatchingUp(state::EpochWrite write) {
  if (write.empty() || superseded_) return Status::Ok();
  if (local_ && !local_->catching_up) {
    local_->catching_up = true;
    engine::AppendLocalPosition(partition_, *local_, &write);
  }
  return Write(std::move(write));
}

Status PartitionRestore::TakeDefinitions(engine::StoredDefinitions definitions) {
  LP_RETURN_IF_ERROR(CheckEngine(definitions.engine_version));
  definitions_ = std::move(definitions);
  return Status::Ok();
}

Status PartitionRestore::Gather(const std::vector<ChangelogRecord>& leads) {
  for (const ChangelogRecord& lead : leads) {
    std::optional<std::string_view> row;
    if (lead.value) {
      LP_ASSIGN_OR_RETURN(row, StoredLeadIn(*lead.value));
    }
    bulk_->Add(lead.key, row);
  }
  return NoteWritten(bulk_->IngestIfFull());
}

// Applies leads to `write`. A tombstone of a lead's other key precedes its record, so the last record of each row
// counts. A lead's old timer follows from its row in the store.
Status PartitionRestore::ApplyLeads(std::vector<ChangelogRecord> leads, state::EpochWrite* write) {
  std::ranges::stable_sort(leads, {}, &ChangelogRecord::key);
  std::vector<state::EncodedLeadKey> keys;
  for (size_t i = 0; i < leads.size(); ++i) {
    const bool last = i + 1 == leads.size() || leads[i].key != leads[i + 1].key;
    if (last) leads[keys.size()] = leads[i];
    if (last) keys.emplace_back(leads[i].key);
  }
  std::vector<std::optional<std::string>> held;  // the rows from held_from on
  for (size_t i = 0, held_from = 0; i < keys.size(); ++i) {
    if (i == held_from + held.size()) {
      held_from = i;
      LP_ASSIGN_OR_RETURN(held, store_->MultiGet(partition_, std::span(keys).subspan(i), kHeldBytes));
    }
    const std::optional<std::string>& old = held[i - held_from];
    if (!old && !leads[i].value) continue;
    LP_ASSIGN_OR_RETURN(LeadKey key, state::ParseLeadKey(keys[i]));
    state::RowWrite lead{partition_, std::move(keys[i]), std::nullopt};
    if (old) {
      LP_ASSIGN_OR_RETURN(lead.old_timer, state::DecodeNextChangeAt(key, *old));
    }
    if (leads[i].value) {
      LP_ASSIGN_OR_RETURN(std::string_view stored, StoredLeadIn(*leads[i].value));
      LP_ASSIGN_OR_RETURN(lead.new_timer, state::DecodeNextChangeAt(key, stored));
      lead.value = stored;
      lead.new_life = old.has_value();  // a compacted changelog does not tell
    }
    write->leads.push_back(std::move(lead));
  }
  return Status::Ok();
}

// ---- Deltas ---------------------------------------------------------------------------------------------------------

Status PartitionRestore::ApplyDeltas(std::span<const ChangelogRecord> records) {
  const auto write = [this](state::EpochWrite rows) { return WriteCatchingUp(std::move(rows)); };
  for (const ChangelogRecord& record : records) {
    if (!record.value) continue;
    LP_ASSIGN_OR_RETURN(Deltas deltas, DecodeDeltas(*record.value));
    if (deltas.position) LP_RETURN_IF_ERROR(CheckEngine(deltas.position->engine_version));
    if (deltas.definitions) LP_RETURN_IF_ERROR(TakeDefinitions(*std::move(deltas.definitions)));
    LP_RETURN_IF_ERROR(UnlessUnfit(replay_->Take(deltas, record.offset, write)));
    if (deltas.position) position_ = std::move(deltas.position);
  }
  return Status::Ok();
}

// ---- The end --------------------------------------------------------------------------------------------------------

void PartitionRestore::NoteRecord(const ChangelogRecord& record) {
  engine::RecordDigest one;
  AddToDigest(record.key, record.value, &one);
  hash_sums_.push_back((hash_sums_.empty() ? 0 : hash_sums_.back()) + one.hash_sum);
  if (hash_sums_.size() > kMaxDigestedRecords) hash_sums_.pop_front();
}

Status PartitionRestore::CheckEngine(uint32_t version) const {
  Status status = engine::CheckEngineVersion(version);
  if (status.ok()) return status;
  return Status::Fatal("partition " + std::to_string(partition_.value) + ": " + status.message());
}

Status PartitionRestore::NotePosition(std::string_view bytes) {
  LP_ASSIGN_OR_RETURN(engine::PartitionPosition position, DecodePosition(bytes));
  LP_RETURN_IF_ERROR(CheckEngine(position.engine_version));
  const uint64_t count = position.digest.count;
  const size_t known = hash_sums_.size();
  if (count > known) {
    digest_fits_ = count > kMaxDigestedRecords;  // too many to check
  } else {
    const uint64_t last = known == 0 ? 0 : hash_sums_.back();
    const uint64_t before = count == known ? 0 : hash_sums_[known - 1 - count];
    // If the oldest sums were dropped, the first one left does not begin at 0.
    digest_fits_ = last - before == position.digest.hash_sum || (count == known && known == kMaxDigestedRecords);
  }
  position_ = std::move(position);
  return Status::Ok();
}

std::optional<std::string> PartitionRestore::Misfit() const {
  if (std::optional<std::string> wrong = replay_->FindWrong()) return wrong;
  if (!position_) {
    if (!committed_ && !options_.moved_from.empty()) {
      return "lead.state is empty, but the settings have `kafka.moved_from`: if the leads of \"" + options_.moved_from +
             "\" were never moved here, give the command leadpulse repartition; if they were, lead.state has lost "
             "them, "
             "and must be put back";
    }
    if (!committed_ && options_.has_former_erasure_secrets) {
      return "lead.state is empty, but the settings have `state.former_erasure_secrets`: if a deployment has used "
             "these secrets, move it here first (leadpulse repartition); if none has, remove them from the settings";
    }
    if (!committed_) return std::nullopt;
    return "the group has committed the offsets " + Spell(*committed_) +
           ", but lead.state says nothing of this partition";
  }
  if (position_->application != options_.application) {
    return "lead.state and lead.journal were written by the application \"" + position_->application + "\", not by \"" +
           options_.application + "\"";
  }
  if (position_->erasure_secret_check != ErasureSecretCheck(*store_)) {
    return "lead.state and lead.journal were written with another `state.erasure_secret`; give this process the same "
           "one";
  }
  if (position_->partition_count != store_->partition_count()) {
    return "lead.state and lead.journal were written while the topics had " +
           std::to_string(position_->partition_count) + " partitions, and now they have " +
           std::to_string(store_->partition_count()) + ": leads would be looked for in other partitions than theirs";
  }
  if (!definitions_) return "lead.state does not say which definitions its leads were evaluated under";
  if (!digest_fits_) return "records of the last transaction are missing from lead.state, or were changed";
  if (committed_ && !HasCommitted(position_->next)) {
    const std::string& exchange = options_.input_topics[InputTopic::kExchange];
    InputOffsets without_messages = position_->next;
    without_messages[InputTopic::kExchange] = 0;
    const bool is_gone = *committed_ == without_messages;
    return "the group has committed the offsets " + Spell(*committed_) + " (of events, commands and " + exchange +
           "), but lead.state and lead.journal end with " + Spell(position_->next) +
           (is_gone ? ": " + exchange + " was deleted, and what leads had told each other is lost with it" : "");
  }
  return std::nullopt;
}

// Tells whether `next` is what the group has committed. A copy may be ahead of it: its partition's owner goes on.
bool PartitionRestore::HasCommitted(const InputOffsets& next) const {
  if (!writer_.is_standby()) return *committed_ == next;
  return std::ranges::all_of(kInputTopics, [&](InputTopic topic) { return next[topic] >= (*committed_)[topic]; });
}

// Whether the group has committed more; if so, the changelog is read further. Another worker may own the partition
// already, without this one's knowledge, and commit. Its records may have been read here after the requested end.
Result<bool> PartitionRestore::GroupWentOn() {
  LP_ASSIGN_OR_RETURN(std::optional<InputOffsets> committed, consumer_->Committed(partition_));
  if (committed == committed_) return false;
  LP_RETURN_IF_ERROR(ReadOn());
  committed_ = committed;
  return true;
}

Status PartitionRestore::ReadOn() {
  LP_ASSIGN_OR_RETURN(const LogBounds bounds, readers_.deltas->Bounds(partition_));
  LP_RETURN_IF_ERROR(readers_.deltas->Start(partition_, reached_));
  end_ = std::max(end_, bounds.end);
  return Status::Ok();
}

Status PartitionRestore::CopyAgain(const std::string& misfit) {
  // The last read may have ended in the middle of an epoch that came meanwhile.
  constexpr int kMostReadOns = 100;
  if (!replay_->has_gap() && replay_->is_in_epoch() && ++read_ons_ < kMostReadOns) return ReadOn();
  return MakeCopyAgain(misfit);
}

Status PartitionRestore::MakeCopyAgain(const std::string& misfit) {
  BeOfNoUse();
  return Status::Retriable("the copy is of no use (" + misfit + "); it is made from the beginning of lead.state");
}

// Ends with lead.state, whose bulk is in the store before the first delta is applied. Returns at each step of that.
Status PartitionRestore::EndState() {
  if (bulk_ && !bulk_->done()) {
    LP_RETURN_IF_ERROR(NoteWritten(bulk_->Finish()));
    if (superseded_ || !bulk_->done()) return Status::Ok();
  }
  LP_ASSIGN_OR_RETURN(const LogBounds bounds, readers_.deltas->Bounds(partition_));
  readers_.state->Stop(partition_);
  if (Status started = StartDeltas(bounds, std::nullopt); !started.ok()) {
    replay_.reset();
    reached_ = end_;  // so this step is repeated
    return started;
  }
  return CheckNoneWasDeleted();
}

Status PartitionRestore::UnlessSuperseded(Status status) {
  if (status.ok() || writer_.MayWrite()) return status;
  superseded_ = true;
  return Status::Ok();
}

Status PartitionRestore::CheckNoneWasDeleted() {
  if (!writer_.is_standby()) return Status::Ok();
  LP_ASSIGN_OR_RETURN(const LogBounds deltas, readers_.deltas->Bounds(partition_));
  if (deltas.begin <= wanted_deltas_from_) return Status::Ok();
  return MakeCopyAgain("deltas were deleted that the rows read from lead.state lack");
}

Status PartitionRestore::WriteDeltas() {
  return UnlessUnfit(replay_->WriteRows([this](state::EpochWrite rows) { return WriteCatchingUp(std::move(rows)); }));
}

Status PartitionRestore::UnlessUnfit(Status applied) {
  if (!applied.ok()) LP_RETURN_IF_ERROR(CheckDeltasFit());
  return applied;
}

Status PartitionRestore::CheckDeltasFit() {
  LP_RETURN_IF_ERROR(CheckNoneWasDeleted());
  // Deltas append to rows, and damage older ones. The partition's owner writes meanwhile. Of a row that is written
  // again behind the end of the read, compaction may remove the version that would have been read, and leave an older
  // one that was.
  constexpr int kMostUnfitCopies = 3;
  if (!writer_.is_standby() || reads_on_ || ++unfit_copies_ > kMostUnfitCopies) return Status::Ok();
  return MakeCopyAgain("rows read from lead.state are older than their deltas");
}

Result<std::optional<RestoredPartition>> PartitionRestore::End(Instant now) {
  if (!takes_deltas()) LP_RETURN_IF_ERROR(UnlessSuperseded(EndState()));
  if (!takes_deltas() || step() != NextStep::kEnd) return std::optional<RestoredPartition>();
  if (std::optional<std::string> misfit = Misfit()) {
    // The rows may be missing because the partition's next owner has dropped the state.
    superseded_ = !writer_.MayWrite();
    if (superseded_) return std::optional<RestoredPartition>();
    if (writer_.is_standby()) {
      LP_RETURN_IF_ERROR(CopyAgain(*misfit));
      return std::optional<RestoredPartition>();
    }
    LP_ASSIGN_OR_RETURN(const bool went_on, GroupWentOn());
    if (went_on) return std::optional<RestoredPartition>();
    if (!from_scratch_) {
      telemetry::LogWarning("partition " + std::to_string(partition_.value) + ": the local state is of no use (" +
                                *misfit + "); it is restored from the beginning of lead.state",
                            {telemetry::PartitionField(partition_), telemetry::ErrorField(*misfit)});
      BeOfNoUse();
      return std::optional<RestoredPartition>();
    }
    return Status::Fatal(
        "partition " + std::to_string(partition_.value) + " cannot be restored: " + *misfit +
        ". Nothing is guessed. Was the topic created again, or were the group's offsets moved? Put back "
        "what belongs together, or start over under another `application` with new topics.");
  }
  // A copy that reads on has read them before.
  if (!reads_on_) LP_RETURN_IF_ERROR(CheckNoneWasDeleted());
  LP_RETURN_IF_ERROR(UnlessSuperseded(WriteDeltas()));
  if (superseded_) return std::optional<RestoredPartition>();
  readers_.deltas->Stop(partition_);
  if (!position_) {
    LP_ASSIGN_OR_RETURN(RestoredPartition begun, BeginPartition());
    return std::optional(std::move(begun));
  }
  const bool is_said = writer_.is_standby() && position_->deltas_from;  // by the partition's owner
  if (!is_said) replay_->unwritten().SetOffsets(reached_, &*position_);
  state::EpochWrite write;
  engine::AppendLocalPosition(partition_, {*position_, reached_, now}, &write);
  if (definitions_) engine::AppendLocalDefinitions(partition_, *definitions_, &write);
  LP_RETURN_IF_ERROR(Write(std::move(write)));
  if (superseded_) return std::optional<RestoredPartition>();
  CrashPoint("restore_ended");
  if (!committed_) {
    telemetry::LogWarning("partition " + std::to_string(partition_.value) +
                              ": the group's offsets have expired; going on from those in lead.journal",
                          {telemetry::PartitionField(partition_)});
  }
  return std::optional(RestoredPartition{*position_, std::move(definitions_), std::move(replay_->unwritten()), reached_,
                                         !committed_.has_value()});
}

Result<RestoredPartition> PartitionRestore::BeginPartition() {
  LP_ASSIGN_OR_RETURN(const InputOffsets beginning, consumer_->Beginning(partition_));
  InputOffsets start = beginning;
  if (options_.start_at == StartAt::kEnd) {
    LP_ASSIGN_OR_RETURN(start, consumer_->End(partition_));
    // Other partitions may have begun before, and have sent messages.
    start[InputTopic::kExchange] = beginning[InputTopic::kExchange];
  }
  RestoredPartition begun;
  begun.position.application = options_.application;
  begun.position.next = start;
  begun.position.erasure_secret_check = ErasureSecretCheck(*store_);
  begun.position.partition_count = store_->partition_count();
  begun.next_delta_offset = reached_;
  begun.commit_first = true;
  return begun;
}

}  // namespace leadpulse::kafka
