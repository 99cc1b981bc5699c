#include "processor/kafka/transactions.h"

#include <algorithm>
#include <string>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/crash_point.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::kafka {

Result<bool> Transactions::EnsureProducer() {
  if (producer_ != nullptr) return true;
  ++metrics_->producers;
  LP_ASSIGN_OR_RETURN(std::unique_ptr<TransactionalProducer> producer, connection_->MakeProducer());
  if (TransactionOutcome error = producer->Init()) {
    if (error->kind == TransactionErrorKind::kFatal) return Status::Fatal(error->message);
    telemetry::LogWarning("making a producer: " + error->message, {telemetry::ErrorField(error->message)});
    return false;
  }
  producer_ = std::move(producer);
  CrashPoint("live_producer_made");
  return true;
}

TransactionOutcome Transactions::Produce(std::vector<OutputRecord> records) {
  if (!open_) {
    if (TransactionOutcome error = producer_->Begin()) return error;
    open_ = true;
  }
  for (OutputRecord& record : records) {
    if (TransactionOutcome error = producer_->Produce(std::move(record))) return error;
  }
  return std::nullopt;
}

TransactionOutcome Transactions::Commit(const std::map<PartitionId, InputOffsets>& offsets, InputConsumer* consumer) {
  LP_ASSERT(open_ && !offsets.empty());  // without an offset the group would fence nothing
  std::unique_ptr<GroupMetadata> group = consumer->CurrentGroupMetadata();
  if (TransactionOutcome error = producer_->SendOffsets(offsets, *group)) return error;
  CrashPoint("live_offsets_sent");
  if (TransactionOutcome error = producer_->Commit()) return error;
  open_ = false;
  most_records_ = std::min(bound_, most_records_ + most_records_ / 4 + 1);
  CrashPoint("live_committed");
  return std::nullopt;
}

void Transactions::Settle() {
  LP_ASSERT(!open_);
  if (producer_ != nullptr && producer_->may_have_stray_requests()) producer_.reset();
}

Status Transactions::GiveUp(const TransactionError& error, uint64_t records) {
  if (error.kind == TransactionErrorKind::kFatal) return Status::Fatal(error.message);
  if (records > 0) most_records_ = std::max<uint64_t>(1, std::min(most_records_, records) / 2);
  telemetry::LogWarning("transaction given up: " + error.message + "; the next holds at most " +
                            std::to_string(most_records_) + " records",
                        {telemetry::ErrorField(error.message)});
  ++metrics_->aborts;
  open_ = false;
  // A request that is still in flight would enter this producer's next transaction: brokers before KIP-890 (Kafka 3.6)
  // do not check that. The next producer's Init aborts with a greater epoch, and the partitions then refuse the
  // request.
  const bool can_abort = error.kind == TransactionErrorKind::kAbortable && !producer_->may_have_stray_requests();
  // Only an answered abort is certain. After any other error it is unknown whether the transaction was committed.
  const bool aborted = can_abort && !producer_->Abort();
  if (!aborted) producer_.reset();
  Settle();
  return Status::Ok();
}

}  // namespace leadpulse::kafka
