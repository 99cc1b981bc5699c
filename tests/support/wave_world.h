// Leads that send each other made-up messages, for tests of the order in which waves deliver them.
//
// A record's id is a plan of its effects: each lead that gets a message records it and sends the next ones of the plan.
// The same plan can be followed without waves, one record after the other.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "processor/base/worker_pool.h"
#include "processor/engine/partitioner.h"
#include "processor/files/message_waves.h"
#include "processor/files/record_plan.h"

namespace leadpulse::testing {

// Hop 1 is sent by the record's lead, hop n + 1 by each lead that gets a message of hop n.
struct WaveRecord {
  std::string lead;
  std::vector<std::vector<std::string>> hops;  // receivers
  bool is_barrier = false;
};

// The messages that each lead has received, in order.
using WaveDiary = std::map<std::string, std::vector<std::string>>;

inline std::vector<std::string> ReachOf(const WaveRecord& record) {
  std::vector<std::string> reach;
  if (record.is_barrier) return reach;  // it reaches unforeseen leads
  for (const auto& hop : record.hops) reach.insert(reach.end(), hop.begin(), hop.end());
  return reach;
}

// Makes the messages of one hop. A text has the record, the hop, and the message's number among those of the sender.
inline std::vector<engine::LeadMessage> MessagesOf(const WaveRecord& record, size_t number, size_t hop,
                                                   const std::string& from, Instant clock) {
  std::vector<engine::LeadMessage> messages;
  if (hop >= record.hops.size()) return messages;
  for (const std::string& to : record.hops[hop]) {
    const std::string text =
        std::to_string(number) + "." + std::to_string(hop + 1) + "." + std::to_string(messages.size());
    messages.push_back(
        {{"acme", to},
         from,
         clock,
         std::make_shared<const engine::MessageCause>(engine::MessageCause{codec::CauseKind::kEvent, text, false, {}}),
         engine::ToUser()});
  }
  return messages;
}

inline size_t HopOf(const engine::LeadMessage& message) {
  return std::stoul(message.cause->id.substr(message.cause->id.find('.') + 1));
}

// Follows one record after the other, hop by hop.
inline WaveDiary FollowWithoutWaves(std::span<const WaveRecord> records) {
  WaveDiary diary;
  for (size_t i = 0; i < records.size(); ++i) {
    diary[records[i].lead].push_back("record " + std::to_string(i));
    auto messages = MessagesOf(records[i], i, 0, records[i].lead, Instant{static_cast<int64_t>(i)});
    while (!messages.empty()) {
      std::ranges::stable_sort(
          messages, {}, [](const engine::LeadMessage& message) { return std::tie(message.to.lead, message.from); });
      std::vector<engine::LeadMessage> next;
      for (const auto& message : messages) {
        diary[message.to.lead].push_back(message.from + " " + message.cause->id);
        for (auto& sent : MessagesOf(records[i], i, HopOf(message), message.to.lead, message.clock)) {
          next.push_back(std::move(sent));
        }
      }
      messages = std::move(next);
    }
  }
  return diary;
}

class WaveWorld {
 public:
  WaveWorld(uint32_t partitions, size_t workers) : pool_(workers) {
    for (uint32_t i = 0; i < partitions; ++i) partitions_.push_back(std::make_unique<Partition>(this));
    MakeWaves();
  }

  // Lets a part of one record stop after some messages of each partition. `restarts`: other waves go on then.
  void StopAfter(size_t messages, bool restarts) {
    stops_after_ = messages;
    restarts_ = restarts;
  }
  size_t stops() const { return stops_; }

  // Applies one part after the other.
  void Run(std::span<const WaveRecord> records, size_t part) {
    number_ = 0;
    for (; number_ < records.size(); number_ += part) {
      all_ = records;
      RunPart(records.subspan(number_, std::min(part, records.size() - number_)));
    }
  }
  WaveDiary Diary() const {
    WaveDiary all;
    for (const auto& partition : partitions_) all.insert(partition->diary.begin(), partition->diary.end());
    return all;
  }
  files::MessageWaves& waves() { return *waves_; }
  pipeline::Exchange* exchange(size_t partition) { return partitions_[partition]->exchange; }

 private:
  class Partition : public files::WavePartition {
   public:
    explicit Partition(WaveWorld* world) : world_(world) {}
    Result<size_t> Prefetch(std::span<const LeadKey* const> keys) override { return (keys.size() + 1) / 2; }
    bool IsFull() const override { return world_->stops_after_ > 0 && delivered_ % world_->stops_after_ == 0; }
    Status Apply(const pipeline::Record& record) override {
      const WaveRecord& wave_record = world_->all_[record.index];
      diary[wave_record.lead].push_back("record " + std::to_string(record.index));
      Send(MessagesOf(wave_record, record.index, 0, wave_record.lead, record.clock), &record);
      return Status::Ok();
    }
    Status Deliver(const engine::LeadMessage& message, const pipeline::Record* origin) override {
      ++delivered_;
      diary[message.to.lead].push_back(message.from + " " + message.cause->id);
      if (origin == nullptr) return Status::Ok();
      Send(MessagesOf(world_->all_[origin->index], origin->index, HopOf(message), message.to.lead, message.clock),
           origin);
      return Status::Ok();
    }

    pipeline::Exchange* exchange = nullptr;
    WaveDiary diary;

   private:
    void Send(std::vector<engine::LeadMessage> messages, const pipeline::Record* origin) {
      if (!messages.empty()) exchange->OnMessages(origin, messages);
    }
    WaveWorld* const world_;
    size_t delivered_ = 0;
  };

  void MakeWaves() {
    waves_ = std::make_unique<files::MessageWaves>(&pool_);
    for (auto& partition : partitions_) partition->exchange = waves_->Add(partition.get());
  }

  void RunPart(std::span<const WaveRecord> part) {
    plan_.Clear();
    std::deque<codec::Decoded> decoded;
    std::deque<pipeline::Record> records;
    std::vector<files::PlannedRecord> planned;
    for (const WaveRecord& record : part) {
      codec::Event event;
      event.key = {"acme", record.lead};
      plan_.Add(event.key, {ReachOf(record), record.is_barrier, record.is_barrier});
      const size_t index = number_ + planned.size();
      const auto count = static_cast<uint32_t>(partitions_.size());
      const PartitionId partition = engine::PartitionOf(event.key, count);
      decoded.emplace_back(std::move(event));
      records.push_back({.decoded = &decoded.back(), .clock = {static_cast<int64_t>(index)}, .index = index});
      planned.push_back({&records.back(), partition.value});
    }
    plan_.Finish();
    Result<bool> ended = waves_->Run(plan_, planned);
    for (; ended.ok() && !*ended; ended = waves_->Continue()) {
      ++stops_;
      if (!restarts_) continue;
      std::vector<files::WaitingMessage> waiting = waves_->Waiting();
      MakeWaves();
      waves_->Resume(std::move(waiting), &records.back());
    }
    LP_ASSERT(ended.ok());
  }

  WorkerPool pool_;
  std::unique_ptr<files::MessageWaves> waves_;
  files::RecordPlan plan_;
  std::vector<std::unique_ptr<Partition>> partitions_;
  std::span<const WaveRecord> all_;
  size_t number_ = 0;  // the part's first record
  size_t stops_after_ = 0;
  bool restarts_ = false;
  size_t stops_ = 0;
};

}  // namespace leadpulse::testing
