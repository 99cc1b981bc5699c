// A simulation's topic of definitions, and readers of it whose calls may fail.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/definitions.h"
#include "processor/base/clock.h"
#include "processor/kafka/definitions_topic.h"
#include "tests/support/workload/random.h"

namespace leadpulse::testing {

class SimulatedDefinitions {
 public:
  // Keeps `clock`, which must outlive this.
  SimulatedDefinitions(const Clock* clock, uint64_t seed) : clock_(clock), random_(seed) {}

  // Calls of the readers in a thousand that fail and can be repeated, or that end the reading, which then begins again.
  int failed_reads = 0;
  int ended_readings = 0;

  void Publish(std::shared_ptr<const config::Definitions> definitions) {
    if (random_.Chance(20)) Append("nothing that can be used");
    const std::string text = definitions->text;
    usable_[text] = std::move(definitions);
    Append(text);
  }

  // Reads this topic and must not outlive it.
  std::unique_ptr<kafka::NewestDefinitions> MakeReader() {
    return std::make_unique<kafka::NewestDefinitions>(
        std::make_unique<kafka::DefinitionsTopic>("simulated", "lead.definitions", std::make_unique<Reader>(this),
                                                  clock_),
        [this](const std::string& /*name*/, const std::string& text) {
          const auto found = usable_.find(text);
          return found == usable_.end() ? nullptr : found->second;
        });
  }

 private:
  struct Record {
    std::string text;
    Instant at;
  };

  class Reader : public kafka::ChangelogReader {
   public:
    explicit Reader(SimulatedDefinitions* topic) : topic_(topic) {}

    Result<std::map<PartitionId, kafka::LogBounds>> Bounds(const std::vector<PartitionId>& partitions) override {
      if (topic_->Happens(topic_->failed_reads)) return Status::Retriable("definitions: no leader");
      return std::map<PartitionId, kafka::LogBounds>{{partitions.front(), {0, topic_->end()}}};
    }
    Status Start(PartitionId partition, int64_t from) override {
      partition_ = partition;
      next_ = from;
      return Status::Ok();
    }
    Status Read(std::chrono::milliseconds /*timeout*/, kafka::ChangelogPiece* piece) override {
      piece->records.clear();
      if (topic_->Happens(topic_->failed_reads)) return Status::Retriable("definitions: no leader");
      if (topic_->Happens(topic_->ended_readings)) return Status::Fatal("definitions: may not be read");
      for (int64_t most = topic_->random_.Between(1, 2); most > 0 && next_ < topic_->end(); --most, ++next_) {
        const Record& record = topic_->records_[static_cast<size_t>(next_)];
        piece->records.push_back({partition_, next_, kafka::kPublishedDefinitionsKey, record.text, record.at});
      }
      piece->reached = {{partition_, next_}};
      return Status::Ok();
    }
    void Stop(PartitionId /*partition*/) override {}
    void Stop() override {}

   private:
    SimulatedDefinitions* const topic_;
    PartitionId partition_;
    int64_t next_ = 0;
  };

  // Publishes as `leadpulse definitions apply` does: times do not go back.
  void Append(const std::string& text) {
    const Instant last = records_.empty() ? Instant::DistantPast() : records_.back().at;
    records_.push_back({text, std::max(clock_->Now(), last)});
  }
  bool Happens(int rate) { return rate > 0 && random_.Below(1000) < rate; }
  int64_t end() const { return static_cast<int64_t>(records_.size()); }

  const Clock* const clock_;
  workload::Random random_;  // its own, so that the number of reads does not change what else happens
  std::vector<Record> records_;
  std::map<std::string, std::shared_ptr<const config::Definitions>> usable_;  // by text
};

}  // namespace leadpulse::testing
