#include "tests/support/kafka/transaction_coordinator.h"

namespace leadpulse::testing {

TransactionReply TransactionCoordinator::Check(const std::string& id, const ProducerEpoch& producer) {
  if (agenda_->now() < away_until_) return TransactionReply::kNotCoordinator;
  const Transaction& transaction = transactions_[id];
  const bool is_current =
      producer.id == transaction.producer.id && producer.epoch == transaction.producer.epoch && producer.id != 0;
  return is_current ? TransactionReply::kOk : TransactionReply::kFenced;
}

TransactionReply TransactionCoordinator::Init(const std::string& id, ProducerEpoch* producer) {
  if (agenda_->now() < away_until_) return TransactionReply::kNotCoordinator;
  Transaction& transaction = transactions_[id];
  if (transaction.producer.id == 0) transaction.producer = {++last_producer_id_, -1};
  if (transaction.state == State::kOngoing) {
    // Fences the previous producer from now on, although its successor has to wait.
    ++transaction.producer.epoch;
    Prepare(&transaction, false);
  }
  if (transaction.state == State::kPreparing) return TransactionReply::kConcurrentTransactions;
  ++transaction.producer.epoch;
  transaction.state = State::kEmpty;
  *producer = transaction.producer;
  return TransactionReply::kOk;
}

TransactionReply TransactionCoordinator::Enter(const std::string& id, const ProducerEpoch& producer) {
  if (const TransactionReply reply = Check(id, producer); reply != TransactionReply::kOk) return reply;
  Transaction& transaction = transactions_[id];
  if (transaction.state == State::kPreparing) return TransactionReply::kConcurrentTransactions;
  if (transaction.state == State::kOngoing) return TransactionReply::kOk;
  transaction.state = State::kOngoing;
  transaction.logs.clear();
  transaction.has_offsets = false;
  const uint64_t number = ++transaction.number;
  agenda_->After(timeout_, [this, &transaction, number] {
    if (transaction.number != number || transaction.state != State::kOngoing) return;
    ++transaction.producer.epoch;
    Prepare(&transaction, false);
  });
  return TransactionReply::kOk;
}

TransactionReply TransactionCoordinator::AddPartition(const std::string& id, const ProducerEpoch& producer,
                                                      const LogId& log) {
  const TransactionReply reply = Enter(id, producer);
  if (reply == TransactionReply::kOk) transactions_[id].logs.insert(log);
  return reply;
}

TransactionReply TransactionCoordinator::AddOffsets(const std::string& id, const ProducerEpoch& producer) {
  const TransactionReply reply = Enter(id, producer);
  if (reply == TransactionReply::kOk) transactions_[id].has_offsets = true;
  return reply;
}

TransactionReply TransactionCoordinator::VerifyPartition(const std::string& id, const ProducerEpoch& producer,
                                                         const LogId& log) {
  if (const TransactionReply reply = Check(id, producer); reply != TransactionReply::kOk) return reply;
  const Transaction& transaction = transactions_[id];
  const bool is_open = transaction.state == State::kOngoing && transaction.logs.contains(log);
  return is_open ? TransactionReply::kOk : TransactionReply::kInvalidState;
}

TransactionReply TransactionCoordinator::VerifyOffsets(const std::string& id, const ProducerEpoch& producer) {
  if (const TransactionReply reply = Check(id, producer); reply != TransactionReply::kOk) return reply;
  const Transaction& transaction = transactions_[id];
  const bool is_open = transaction.state == State::kOngoing && transaction.has_offsets;
  return is_open ? TransactionReply::kOk : TransactionReply::kInvalidState;
}

TransactionReply TransactionCoordinator::End(const std::string& id, const ProducerEpoch& producer, bool commits) {
  if (const TransactionReply reply = Check(id, producer); reply != TransactionReply::kOk) return reply;
  Transaction& transaction = transactions_[id];
  switch (transaction.state) {
    case State::kEmpty:
      return TransactionReply::kInvalidState;
    case State::kOngoing:
      Prepare(&transaction, commits);
      return TransactionReply::kOk;
    case State::kPreparing:
      return transaction.commits == commits ? TransactionReply::kConcurrentTransactions
                                            : TransactionReply::kInvalidState;
    case State::kComplete:
      return transaction.commits == commits ? TransactionReply::kOk : TransactionReply::kInvalidState;
  }
  return TransactionReply::kInvalidState;
}

void TransactionCoordinator::Prepare(Transaction* transaction, bool commits) {
  transaction->state = State::kPreparing;
  transaction->commits = commits;
  transaction->markers_left = transaction->logs.size() + (transaction->has_offsets ? 1 : 0);
  const ProducerEpoch producer = transaction->producer;
  // One partition after the other, so a commit does not become visible everywhere at once.
  for (const LogId& log : transaction->logs) {
    agenda_->After(effects_.marker_delay(), [this, transaction, log, producer, commits] {
      effects_.write_marker(log, producer, commits);
      MarkerWritten(transaction);
    });
  }
  if (!transaction->has_offsets) return;
  agenda_->After(effects_.marker_delay(), [this, transaction, producer, commits] {
    effects_.end_offsets(producer, commits);
    MarkerWritten(transaction);
  });
}

std::optional<ProducerEpoch> TransactionCoordinator::Idle(int64_t producer) const {
  for (const auto& [id, transaction] : transactions_) {
    if (transaction.producer.id != producer) continue;
    const bool is_idle = transaction.state == State::kEmpty || transaction.state == State::kComplete;
    return is_idle ? std::optional(transaction.producer) : std::nullopt;
  }
  return std::nullopt;
}

void TransactionCoordinator::MarkerWritten(Transaction* transaction) {
  if (--transaction->markers_left == 0) transaction->state = State::kComplete;
}

}  // namespace leadpulse::testing
