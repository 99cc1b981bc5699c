// A worker's transactions: its producer, made anew where one was lost, and whether one is open.
//
// What it keeps to: a call that ends a transaction is answered for sure, or its producer is given up, and the next one
// (whose Init ends what the old one began) is there before anybody asks what is committed.
#pragma once

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
  // Both outlive this.
  Transactions(Connection* connection, WorkerMetrics* metrics) : connection_(connection), metrics_(metrics) {}

  // Whether there is a producer. Everything below needs one.
  bool has_producer() const { return producer_ != nullptr; }
  // Makes one where there is none. False: it did not work this time. An error ends the process.
  Result<bool> EnsureProducer();

  // Whether something was produced that is not committed.
  bool open() const { return open_; }
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

  // After an error of a call above: aborts, or gives the producer up. An error ends the process.
  Status GiveUp(const TransactionError& error);

 private:
  Connection* const connection_;
  WorkerMetrics* const metrics_;
  std::unique_ptr<TransactionalProducer> producer_;
  bool open_ = false;
};

}  // namespace leadpulse::kafka
