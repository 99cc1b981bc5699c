#include "processor/files/message_waves.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "processor/base/crash_point.h"
#include "processor/engine/partitioner.h"

namespace leadpulse::files {
namespace {

// The number of messages that take about as long as waking the other threads.
constexpr size_t kPiecesToShare = 16;
// Fewer leads are found one by one.
constexpr size_t kLeadsToPrefetch = 4;
// Memory of more messages is freed after a part.
constexpr size_t kMessagesHeld = 16 << 10;

}  // namespace

// A message on its way.
struct MessageWaves::Sent {
  Sent(engine::LeadMessage&& moved, const pipeline::Record* its_origin, uint64_t its_record, PartitionId its_to)
      : message(std::move(moved)), origin(its_origin), record(its_record), to(its_to.value) {}

  engine::LeadMessage message;
  const pipeline::Record* origin;
  uint64_t record;  // number of `origin` in the plan; outside of Run, in the order of the records; 0 without one
  uint32_t to;      // partition
};

// The work of one partition in a wave, and the messages it sends.
class MessageWaves::Partition : public pipeline::Exchange {
 public:
  Partition(MessageWaves* owner, WavePartition* partition, uint32_t number)
      : owner_(owner), partition_(partition), number_(number) {}

  void OnMessages(const pipeline::Record* origin, std::span<engine::LeadMessage> messages) override {
    const uint64_t record = owner_->is_running_ ? record_ : origin != nullptr ? origin->index : 0;
    const auto partitions = static_cast<uint32_t>(owner_->partitions_.size());
    for (engine::LeadMessage& message : messages) {
      const PartitionId to = engine::PartitionOf(message.to, partitions);
      sent_[sending_].emplace_back(std::move(message), origin, record, to);
    }
  }

  void Run() { status = Work(); }
  // Whether Run stopped before its end.
  bool is_stopped() const { return delivered_ > 0; }
  // Returns what a stop left of `received`.
  std::span<const Sent* const> left() const { return std::span(received).subspan(delivered_); }

  // Returns the messages sent since the last wave that this partition worked in began. They are not moved in memory for
  // two waves.
  const std::vector<Sent>& sent() const { return sent_[sending_]; }
  void ForgetSent() {
    for (std::vector<Sent>& sent : sent_) {
      sent.clear();
      if (sent.capacity() > kMessagesHeld) sent.shrink_to_fit();
    }
  }

  std::vector<const Sent*> received;  // to deliver
  std::vector<uint32_t> ready;        // components whose next record is of this partition
  bool has_work = false;
  Status status;

 private:
  Status Work() {
    if (!owner_->is_stopped_) {
      // The previous wave delivered the messages cleared here. Others now read those that this partition sent in it.
      sending_ = 1 - sending_;
      sent_[sending_].clear();
      if (!owner_->ordered_) Order();
    }
    LP_ASSIGN_OR_RETURN(size_t loaded, Prefetch());
    while (delivered_ < received.size()) {
      if (delivered_ == loaded) {
        LP_ASSIGN_OR_RETURN(loaded, Prefetch());
      }
      const Sent& sent = *received[delivered_++];
      record_ = sent.record;
      LP_RETURN_IF_ERROR(partition_->Deliver(sent.message, sent.origin));
      if (owner_->may_stop_ && delivered_ < received.size() && partition_->IsFull()) return Status::Ok();
    }
    received.clear();
    delivered_ = 0;
    for (const uint32_t component : ready) LP_RETURN_IF_ERROR(ApplyRecords(component));
    ready.clear();
    return Status::Ok();
  }

  // Loads the leads of the messages that are left, and of the records. Returns how many of `received` are loaded.
  Result<size_t> Prefetch() {
    if (received.size() - delivered_ + ready.size() < kLeadsToPrefetch) return received.size();
    keys_.clear();
    for (const Sent* sent : std::span(received).subspan(delivered_)) keys_.push_back(&sent->message.to);
    for (const uint32_t component : ready) {
      for (const uint32_t record : RecordsToCome(component)) {
        keys_.push_back(pipeline::KeyOf(*owner_->records_[record].record->decoded));
        // A record of a component with several leads probably sends messages, and the next one waits for them.
        if (owner_->plan_->IsShared(component)) break;
      }
    }
    LP_ASSIGN_OR_RETURN(const size_t loaded, partition_->Prefetch(keys_));
    return std::min(received.size(), delivered_ + loaded);
  }

  std::span<const uint32_t> RecordsToCome(uint32_t component) const {
    return owner_->plan_->RecordsOf(component).subspan(owner_->components_[component].next);
  }

  Status ApplyRecords(uint32_t component) {
    Component& progress = owner_->components_[component];
    for (const uint32_t record : RecordsToCome(component)) {
      const PlannedRecord& planned = owner_->records_[record];
      if (record >= owner_->end_ || planned.partition != number_) break;
      ++progress.next;
      record_ = record;
      const size_t sent_before = sent().size();
      LP_RETURN_IF_ERROR(partition_->Apply(*planned.record));
      if (sent().size() > sent_before) break;
    }
    return Status::Ok();
  }

  void Order() {
    std::ranges::stable_sort(received, [](const Sent* a, const Sent* b) {
      return std::tie(a->record, a->message.to.tenant, a->message.to.lead, a->message.from) <
             std::tie(b->record, b->message.to.tenant, b->message.to.lead, b->message.from);
    });
  }

  MessageWaves* const owner_;
  WavePartition* const partition_;
  const uint32_t number_;
  std::array<std::vector<Sent>, 2> sent_;
  size_t sending_ = 0;    // into sent_
  size_t delivered_ = 0;  // how many of `received`, in a wave that is not at its end
  uint64_t record_ = 0;   // the number of the record that is being applied
  std::vector<const LeadKey*> keys_;
};

MessageWaves::MessageWaves(WorkerPool* pool) : pool_(pool) {}
MessageWaves::~MessageWaves() = default;

pipeline::Exchange* MessageWaves::Add(WavePartition* partition) {
  partitions_.push_back(std::make_unique<Partition>(this, partition, static_cast<uint32_t>(partitions_.size())));
  return partitions_.back().get();
}

Result<bool> MessageWaves::Run(const RecordPlan& plan, std::span<const PlannedRecord> records) {
  plan_ = &plan;
  records_ = records;
  components_.assign(plan.component_count(), {});
  first_ = 0;
  may_stop_ = plan.record_count() == 1;
  for (const uint32_t barrier : plan.barriers()) {
    for (const uint32_t end : {barrier, barrier + 1}) {
      LP_ASSIGN_OR_RETURN(const bool ended, RunUntil(end));
      if (!ended) return false;
    }
  }
  LP_ASSIGN_OR_RETURN(const bool ended, RunUntil(static_cast<uint32_t>(plan.record_count())));
  if (ended) End();
  return ended;
}

Result<bool> MessageWaves::DeliverSent() {
  for (auto& partition : partitions_) Collect(partition->sent());
  return Continue();
}

Result<bool> MessageWaves::Continue() {
  may_stop_ = true;
  LP_ASSIGN_OR_RETURN(const bool ended, RunWaves());
  if (ended) End();
  return ended;
}

void MessageWaves::End() {
  for (auto& partition : partitions_) partition->ForgetSent();
  resumed_.clear();
  resumed_next_.clear();
  plan_ = nullptr;
}

std::vector<WaitingMessage> MessageWaves::Waiting() const {
  std::vector<WaitingMessage> waiting;
  for (const Partition* partition : working_) {
    for (const Sent* left : partition->left()) waiting.push_back({left->message, left->record, false});
  }
  const auto add_next = [&](const std::vector<Sent>& sent) {
    for (const Sent& next : sent) waiting.push_back({next.message, next.record, true});
  };
  if (next_waits_) add_next(resumed_next_);
  for (const Partition* partition : working_) add_next(partition->sent());
  return waiting;
}

void MessageWaves::Resume(std::vector<WaitingMessage> waiting, const pipeline::Record* origin) {
  for (WaitingMessage& one : waiting) {
    const PartitionId to = engine::PartitionOf(one.message.to, static_cast<uint32_t>(partitions_.size()));
    (one.is_next ? resumed_next_ : resumed_).emplace_back(std::move(one.message), origin, one.record, to);
  }
  next_waits_ = !resumed_next_.empty();
  Collect(resumed_);
}

Result<bool> MessageWaves::RunUntil(uint32_t end) {
  end_ = end;
  for (uint32_t record = first_; record < end; ++record) {
    const uint32_t component = plan_->ComponentOf(record);
    if (component == RecordPlan::kNoComponent) continue;
    if (plan_->RecordsOf(component)[components_[component].next] != record) continue;  // an earlier record begins it
    running_.push_back(component);
    Begin(component);
  }
  first_ = end;
  return RunWaves();
}

Result<bool> MessageWaves::RunWaves() {
  is_running_ = true;
  bool ended = true;
  while (ended && (is_stopped_ || !with_work_.empty())) {
    LP_ASSIGN_OR_RETURN(ended, RunWave());
  }
  is_running_ = false;
  return ended;
}

Result<bool> MessageWaves::RunWave() {
  if (!is_stopped_) {
    working_.swap(with_work_);
    with_work_.clear();
    for (Partition* partition : working_) partition->has_work = false;
  }
  const auto run = [this](Partition* partition) {
    if (!is_stopped_ || partition->is_stopped()) partition->Run();
  };
  if (working_.size() == 1 || pieces_ < kPiecesToShare) {
    std::ranges::for_each(working_, run);
  } else {
    pool_->ForEach(working_.size(), [&](size_t i) { run(working_[i]); });
  }
  for (const Partition* partition : working_) LP_RETURN_IF_ERROR(partition->status);
  is_stopped_ = std::ranges::any_of(working_, &Partition::is_stopped);
  if (is_stopped_) {
    CrashPoint("mid_exchange");
    return false;
  }
  pieces_ = 0;
  ordered_ = true;
  bool is_under_way = std::exchange(next_waits_, false);
  if (is_under_way) Collect(resumed_next_);
  for (const Partition* partition : working_) {
    is_under_way = is_under_way || !partition->sent().empty();
    Collect(partition->sent());
  }
  if (is_under_way) CrashPoint("mid_exchange");
  ContinueComponents();
  return true;
}

void MessageWaves::Collect(const std::vector<Sent>& sent) {
  for (const Sent& one : sent) {
    // Outside of Run, it is unknown which messages have the same cause.
    if (plan_ == nullptr || ++components_[plan_->ComponentOf(static_cast<uint32_t>(one.record))].on_its_way > 1) {
      ordered_ = false;
    }
    partitions_[one.to]->received.push_back(&one);
    AddWork(partitions_[one.to].get(), 1);
  }
}

void MessageWaves::ContinueComponents() {
  size_t still_running = 0;
  for (const uint32_t component : running_) {
    Component& progress = components_[component];
    const bool waits = progress.on_its_way > 0;
    progress.on_its_way = 0;
    if (!waits) {
      const std::span<const uint32_t> records = plan_->RecordsOf(component);
      if (progress.next == records.size() || records[progress.next] >= end_) continue;
      Begin(component);
    }
    running_[still_running++] = component;
  }
  running_.resize(still_running);
}

void MessageWaves::Begin(uint32_t component) {
  const std::span<const uint32_t> to_come = plan_->RecordsOf(component).subspan(components_[component].next);
  Partition* partition = partitions_[records_[to_come.front()].partition].get();
  partition->ready.push_back(component);
  AddWork(partition, plan_->IsShared(component) ? 1 : to_come.size());
}

void MessageWaves::AddWork(Partition* partition, size_t pieces) {
  pieces_ += pieces;
  if (std::exchange(partition->has_work, true)) return;
  with_work_.push_back(partition);
}

}  // namespace leadpulse::files
