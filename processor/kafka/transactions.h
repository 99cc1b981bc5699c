// A worker's transactions: its producer, made anew where one was lost, whether one is open, and how much it may hold.
//
// What it keeps to: a call that ends a transaction is answered for sure, or its producer is given up, and the next one
// (whose Init ends what the old one began) is there before anybody asks what is committed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/kafka/ports.h"
#include "processor/kafka/worker_metrics.h"

namespace leadpulse::kafka {

// Owned and called by one worker.
class Transactions {
 public:
  // Both outlive this. `most_records` > 0.
  Transactions(Connection* connection, WorkerMetrics* metrics, uint64_t most_records)
      : connection_(connection), metrics_(metrics), bound_(most_records), most_records_(most_records) {}

  // Whether there is a producer. Everything below needs one.
  bool has_producer() const { return producer_ != nullptr; }
  // Makes one where there is none. False: it did not work this time. An error ends the process.
  Result<bool> EnsureProducer();

  // Whether something was produced that is not committed.
  bool open() const { return open_; }
  // How many records a transaction may be made of now, at least one: after one that was given up half of what that one
  // held, then with each that is committed a quarter more, up to what the options say. What took longer than brokers
  // keep a transaction open would else be done again, as large, for ever.
  uint64_t most_records() const { return most_records_; }
  // Begins a transaction where none is open.
  TransactionOutcome Produce(std::vector<OutputRecord> records);
  // Everything of the epoch is produced; the transaction is open. `consumer` says what place in the group the worker
  // has now: one that has lost it cannot commit.
  TransactionOutcome Commit(const std::map<PartitionId, InputOffsets>& offsets, InputConsumer* consumer);
  // Offsets of the changelog behind what the last Commit wrote to each partition.
  const std::map<PartitionId, int64_t>& changelog_positions() const { return producer_->changelog_positions(); }
  // To be called when what was committed is dealt with: a producer of which a request may still be under way is given
  // up, for that request would end the next transaction.
  void Settle();

  // After an error of a call above, in an epoch of so many records: aborts, or gives the producer up. An error ends the
  // process.
  Status GiveUp(const TransactionError& error, uint64_t records);

 private:
  Connection* const connection_;
  WorkerMetrics* const metrics_;
  const uint64_t bound_;
  uint64_t most_records_;
  std::unique_ptr<TransactionalProducer> producer_;
  bool open_ = false;
};

}  // namespace leadpulse::kafka
