#include "processor/pipeline/partition_runner.h"

#include <algorithm>
#include <variant>

namespace leadpulse::pipeline {
namespace {

uint64_t AppliedOf(const engine::EngineCounters& counters) { return counters.events + counters.commands; }

}  // namespace

PartitionRunner::PartitionRunner(PartitionId partition, state::LeadStore* store, size_t cache_bytes,
                                 const engine::DefinitionsInForce& definitions, PartitionSink* sink, Exchange* exchange)
    : partition_(partition), store_(store), cache_bytes_(cache_bytes), sink_(sink), exchange_(exchange) {
  output_.take_changes = [this] {
    PassOnChanges();
    sink_->OnManyChanges();
  };
  output_.wants_updates = [this] { return sink_->WantsUpdates(); };
  output_.wants_touches = [this] { return sink_->WantsTouches(); };
  source_.partition = 0;
  Use(definitions);
}

void PartitionRunner::Use(const engine::DefinitionsInForce& definitions) {
  const auto messages = exchange_ == nullptr ? engine::Messages::kNone : exchange_->delivery();
  engine_ =
      std::make_unique<engine::PartitionEngine>(partition_, store_, cache_bytes_, definitions, &output_, messages);
}

Result<size_t> PartitionRunner::Load(std::span<const Record> records, size_t max_bytes) {
  keys_.clear();
  for (const Record& record : records) {
    if (const LeadKey* key = KeyOf(*record.decoded)) keys_.push_back(key);
  }
  if (keys_.empty()) return records.size();
  LP_ASSIGN_OR_RETURN(const size_t loaded, engine_->Prefetch(keys_, max_bytes));
  if (loaded == keys_.size()) return records.size();
  const LeadKey* const first_left = keys_[loaded];
  const auto left = std::ranges::find(records, first_left, [](const Record& record) { return KeyOf(*record.decoded); });
  return static_cast<size_t>(left - records.begin());
}

Result<size_t> PartitionRunner::Apply(std::span<const Record> records, const engine::StepBounds& bounds) {
  const engine::ChangeLimit change_limit(output_, bounds.changes);
  size_t applied = 0;
  while (applied < records.size()) {
    LP_RETURN_IF_ERROR(ApplyOne(records[applied++]));
    if (change_limit.reached() || engine_->leads().epoch_bytes() >= bounds.changed_bytes) break;
  }
  return applied;
}

Status PartitionRunner::ApplyOne(const Record& record) {
  if (const auto* rejection = std::get_if<codec::Rejection>(record.decoded)) {
    sink_->OnRejected(record, *rejection);
    return Status::Ok();
  }
  if (source_.topic != *record.topic) source_.topic = *record.topic;
  source_.partition = record.partition;
  source_.offset = record.offset;
  source_.line = record.line;
  const uint64_t applied_before = AppliedOf(output_.counters);
  const auto* event = std::get_if<codec::Event>(record.decoded);
  LP_ASSIGN_OR_RETURN(std::optional<codec::Rejection> rejected,
                      event != nullptr
                          ? engine_->Apply(*event, record.clock, source_)
                          : engine_->Apply(std::get<codec::Command>(*record.decoded), record.clock, source_));
  ReportEnd(record, rejected, applied_before);
  PassOnMessages(&record);
  return Status::Ok();
}

void PartitionRunner::ReportEnd(const Record& record, const std::optional<codec::Rejection>& rejection,
                                uint64_t applied_before) {
  if (rejection) {
    sink_->OnRejected(record, *rejection);
  } else {
    sink_->OnApplied(record, AppliedOf(output_.counters) > applied_before);
  }
}

Status PartitionRunner::Deliver(const engine::LeadMessage& message, const Record* origin) {
  const uint64_t applied_before = AppliedOf(output_.counters);
  LP_ASSIGN_OR_RETURN(std::optional<codec::Rejection> rejected, engine_->Apply(message));
  if (origin != nullptr && std::holds_alternative<std::shared_ptr<const codec::Command>>(message.content)) {
    ReportEnd(*origin, rejected, applied_before);
  }
  PassOnMessages(origin);
  return Status::Ok();
}

engine::RecordReach PartitionRunner::ReachOf(const Record& record) {
  if (const auto* event = std::get_if<codec::Event>(record.decoded)) return engine_->links().ReachOf(*event);
  if (const auto* command = std::get_if<codec::Command>(record.decoded)) return engine_->links().ReachOf(*command);
  return {};
}

void PartitionRunner::PassOnMessages(const Record* origin) {
  if (output_.messages.empty()) return;
  if (exchange_ != nullptr) exchange_->OnMessages(origin, output_.messages);
  output_.messages.clear();
}

void PartitionRunner::PassOnChanges() {
  if (!output_.changes.empty()) sink_->OnChanges(output_.changes);
  if (!output_.updates.empty()) sink_->OnUpdates(output_.updates);
  output_.changes.clear();
  output_.updates.clear();
}

}  // namespace leadpulse::pipeline
