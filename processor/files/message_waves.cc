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
  Sent(engine::LeadMessage&& moved, const pipeline::Record* its_origin, uint32_t its_record, PartitionId its_to)
      : message(std::move(moved)), origin(its_origin), record(its_record), to(its_to.value) {}

  engine::LeadMessage message;
  const pipeline::Record* origin;
  uint32_t record;  // number of `origin` in the plan; outside of Run, in the order of the records; 0 without one
  uint32_t to;      // partition
};

// The work of one partition in a wave, and the messages it sends.
class MessageWaves::Partition : public pipeline::Exchange {
 public:
  Partition(MessageWaves* owner, WavePartition* partition, uint32_t number)
      : owner_(owner), partition_(partition), number_(number) {}

  void OnMessages(const pipeline::Record* origin, std::span<engine::LeadMessage> messages) override {
    const uint32_t record = owner_->plan_ != nullptr ? record_ : static_cast<uint32_t>(origin ? origin->index : 0);
    const auto partitions = static_cast<uint32_t>(owner_->partitions_.size());
    for (engine::LeadMessage& message : messages) {
      const PartitionId to = engine::PartitionOf(message.to, partitions);
      sent_[sending_].emplace_back(std::move(message), origin, record, to);
    }
  }

  void Run() { status = Work(); }

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
    // The previous wave delivered the messages cleared here. Others now read those that this partition sent in it.
    sending_ = 1 - sending_;
    sent_[sending_].clear();
    if (!owner_->ordered_) Order();
    LP_RETURN_IF_ERROR(Prefetch());
    for (const Sent* sent : received) {
      record_ = sent->record;
      LP_RETURN_IF_ERROR(partition_->Deliver(sent->message, sent->origin));
    }
    received.clear();
    for (const uint32_t component : ready) LP_RETURN_IF_ERROR(ApplyRecords(component));
    ready.clear();
    return Status::Ok();
  }

  Status Prefetch() {
    if (received.size() + ready.size() < kLeadsToPrefetch) return Status::Ok();
    keys_.clear();
    for (const Sent* sent : received) keys_.push_back(&sent->message.to);
    for (const uint32_t component : ready) {
      for (const uint32_t record : RecordsToCome(component)) {
        keys_.push_back(pipeline::KeyOf(*owner_->records_[record].record->decoded));
        // A record of a component with several leads probably sends messages, and the next one waits for them.
        if (owner_->plan_->IsShared(component)) break;
      }
    }
    return partition_->Prefetch(keys_);
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
  size_t sending_ = 0;   // into sent_
  uint32_t record_ = 0;  // the number of the record that is being applied
  std::vector<const LeadKey*> keys_;
};

MessageWaves::MessageWaves(WorkerPool* pool) : pool_(pool) {}
MessageWaves::~MessageWaves() = default;

pipeline::Exchange* MessageWaves::Add(WavePartition* partition) {
  partitions_.push_back(std::make_unique<Partition>(this, partition, static_cast<uint32_t>(partitions_.size())));
  return partitions_.back().get();
}

Status MessageWaves::Run(const RecordPlan& plan, std::span<const PlannedRecord> records) {
  plan_ = &plan;
  records_ = records;
  components_.assign(plan.component_count(), {});
  first_ = 0;
  for (const uint32_t barrier : plan.barriers()) {
    LP_RETURN_IF_ERROR(RunUntil(barrier));
    LP_RETURN_IF_ERROR(RunUntil(barrier + 1));
  }
  LP_RETURN_IF_ERROR(RunUntil(static_cast<uint32_t>(plan.record_count())));
  for (auto& partition : partitions_) partition->ForgetSent();
  plan_ = nullptr;
  return Status::Ok();
}

Status MessageWaves::DeliverSent() {
  for (auto& partition : partitions_) Collect(*partition);
  LP_RETURN_IF_ERROR(RunWaves());
  for (auto& partition : partitions_) partition->ForgetSent();
  return Status::Ok();
}

Status MessageWaves::RunUntil(uint32_t end) {
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

Status MessageWaves::RunWaves() {
  while (!with_work_.empty()) LP_RETURN_IF_ERROR(RunWave());
  return Status::Ok();
}

Status MessageWaves::RunWave() {
  working_.swap(with_work_);
  with_work_.clear();
  for (Partition* partition : working_) partition->has_work = false;
  if (working_.size() == 1 || pieces_ < kPiecesToShare) {
    for (Partition* partition : working_) partition->Run();
  } else {
    pool_->ForEach(working_.size(), [this](size_t i) { working_[i]->Run(); });
  }
  pieces_ = 0;
  ordered_ = true;
  for (const Partition* partition : working_) LP_RETURN_IF_ERROR(partition->status);
  bool is_under_way = false;
  for (const Partition* partition : working_) {
    is_under_way = is_under_way || !partition->sent().empty();
    Collect(*partition);
  }
  if (is_under_way) CrashPoint("mid_exchange");
  ContinueComponents();
  return Status::Ok();
}

void MessageWaves::Collect(const Partition& from) {
  for (const Sent& sent : from.sent()) {
    // Outside of Run, it is unknown which messages have the same cause.
    if (plan_ == nullptr || ++components_[plan_->ComponentOf(sent.record)].on_its_way > 1) ordered_ = false;
    partitions_[sent.to]->received.push_back(&sent);
    AddWork(partitions_[sent.to].get(), 1);
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
