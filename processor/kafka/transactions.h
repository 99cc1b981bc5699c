// A worker's transactions: the producer, which is replaced when it is lost, and the limit of records in a transaction.
//
// Invariant: a call that ends a transaction has a certain result, or its producer is replaced. The Init of the next
// producer ends the old transaction before the committed offsets are read again.
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

// The transactions of one worker, which owns and calls this.
class Transactions {
 public:
  // Keeps `connection` and `metrics`, which must outlive this. `most_records` must be positive.
  Transactions(Connection* connection, WorkerMetrics* metrics, uint64_t most_records)
      : connection_(connection), metrics_(metrics), bound_(most_records), most_records_(most_records) {}

  // Whether there is a producer. All calls below need one.
  bool has_producer() const { return producer_ != nullptr; }
  // Makes a producer if there is none. Returns false if it failed this time. An error must end the process.
  Result<bool> EnsureProducer();

  // Whether a transaction is open.
  bool open() const { return open_; }
  // Returns the limit of records in a transaction, at least one. After a failed transaction it is half of its records;
  // each commit raises it by a quarter, up to the option. Otherwise a transaction that exceeds the brokers' timeout
  // would be repeated with the same size forever.
  uint64_t most_records() const { return most_records_; }
  // Begins a transaction if none is open.
  TransactionOutcome Produce(std::vector<OutputRecord> records);
  // Commits the offsets with the open transaction. Call it when all output of the epoch is produced. `consumer` gives
  // the worker's current membership of the group: a worker that is no longer a member cannot commit.
  TransactionOutcome Commit(const std::map<PartitionId, InputOffsets>& offsets, InputConsumer* consumer);
  // Returns the offset of lead.journal after the last Commit, for each partition.
  const std::map<PartitionId, int64_t>& delta_positions() const { return producer_->delta_positions(); }
  // Drops a producer that may still have a request in flight, because that request would end the next transaction. Call
  // it when the commit has been handled.
  void Settle();

  // Ends the transaction after an error of a call above, in an epoch of `records` records: aborts it, or drops the
  // producer. An error must end the process.
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
