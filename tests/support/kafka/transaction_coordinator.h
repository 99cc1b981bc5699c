// Where transactions are begun, ended and fenced (KIP-98, KIP-360, KIP-890 part 1).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "processor/base/instant.h"
#include "tests/support/kafka/partition_log.h"
#include "tests/support/kafka/simulated_clock.h"

namespace leadpulse::testing {

enum class TransactionReply : uint8_t {
  kOk,
  kConcurrentTransactions,  // the transaction before is being completed: ask again
  kNotCoordinator,          // or the leader of a partition is away: ask again
  kFenced,                  // there is a later epoch
  kInvalidState,            // nothing to end, or ended the other way
  kOutOfSequence,           // a batch before this one is missing
  kTooLarge,                // the topic takes no record of that size
  kOffsetsRefused,          // the group does not know this member, or no longer at this generation
};

class TransactionCoordinator {
 public:
  // What it does to the rest of the cluster.
  struct Effects {
    // Markers have the coordinator's epoch: what ends a transaction in the place of its producer, a time-out or Init,
    // has raised it.
    std::function<void(const LogId& log, const ProducerEpoch& producer, bool commits)> write_marker;
    std::function<void(const ProducerEpoch& producer, bool commits)> end_offsets;
    std::function<Millis()> marker_delay;
  };

  TransactionCoordinator(Agenda* agenda, Millis timeout, Effects effects)
      : agenda_(agenda), timeout_(timeout), effects_(std::move(effects)) {}
  TransactionCoordinator(const TransactionCoordinator&) = delete;
  TransactionCoordinator& operator=(const TransactionCoordinator&) = delete;

  // Fences earlier producers of the id. While a transaction of theirs is open or being completed: ask again.
  TransactionReply Init(const std::string& id, ProducerEpoch* producer);
  // The first of these begins a transaction.
  TransactionReply AddPartition(const std::string& id, const ProducerEpoch& producer, const LogId& log);
  TransactionReply AddOffsets(const std::string& id, const ProducerEpoch& producer);
  // Ends whatever transaction of this epoch is open. Answers before the markers are written.
  TransactionReply End(const std::string& id, const ProducerEpoch& producer, bool commits);

  // What leaders and the group's coordinator ask before they take something into a transaction (KIP-890): whether it
  // was announced to the one that is open.
  TransactionReply VerifyPartition(const std::string& id, const ProducerEpoch& producer, const LogId& log);
  TransactionReply VerifyOffsets(const std::string& id, const ProducerEpoch& producer);

  // Of a producer that has a transaction which is open or being completed: nothing. Else its current epoch.
  std::optional<ProducerEpoch> Idle(int64_t producer) const;

  // Away for so long; what it knows is kept.
  void Move(Millis duration) { away_until_ = agenda_->now() + duration; }

 private:
  enum class State : uint8_t { kEmpty, kOngoing, kPreparing, kComplete };
  struct Transaction {
    ProducerEpoch producer;
    State state = State::kEmpty;
    bool commits = false;  // of the one being completed, or the last
    std::set<LogId> logs;
    bool has_offsets = false;
    uint64_t number = 0;
    size_t markers_left = 0;
  };

  TransactionReply Check(const std::string& id, const ProducerEpoch& producer);
  // Joins the open transaction, or begins one.
  TransactionReply Enter(const std::string& id, const ProducerEpoch& producer);
  void Prepare(Transaction* transaction, bool commits);
  void MarkerWritten(Transaction* transaction);

  Agenda* const agenda_;
  const Millis timeout_;
  const Effects effects_;
  std::map<std::string, Transaction> transactions_;  // pointers to them stay good
  int64_t last_producer_id_ = 0;
  Agenda::Time away_until_;
};

}  // namespace leadpulse::testing
