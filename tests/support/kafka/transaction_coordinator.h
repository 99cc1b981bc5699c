// Begins, ends and fences transactions (KIP-98, KIP-360, KIP-890 part 1).
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
  kConcurrentTransactions,  // the transaction before is being completed: repeat the request
  kNotCoordinator,          // or the leader of a partition is away: repeat the request
  kFenced,                  // there is a later epoch
  kInvalidState,            // nothing to end, or ended the other way
  kOutOfSequence,           // a batch before this one is missing
  kTooLarge,                // the topic accepts no record of this size
  kOffsetsRefused,          // the group does not know this member, or it has a later generation
};

class TransactionCoordinator {
 public:
  // Its effects on the rest of the cluster.
  struct Effects {
    // Markers have the coordinator's epoch. A timeout or Init raises it when it ends a transaction instead of its
    // producer.
    std::function<void(const LogId& log, const ProducerEpoch& producer, bool commits)> write_marker;
    std::function<void(const ProducerEpoch& producer, bool commits)> end_offsets;
    std::function<Millis()> marker_delay;
  };

  TransactionCoordinator(Agenda* agenda, Millis timeout, Effects effects)
      : agenda_(agenda), timeout_(timeout), effects_(std::move(effects)) {}
  TransactionCoordinator(const TransactionCoordinator&) = delete;
  TransactionCoordinator& operator=(const TransactionCoordinator&) = delete;

  // Begins a new epoch of the id, which fences its earlier producers. Must be repeated while a transaction of theirs is
  // open or being completed.
  TransactionReply Init(const std::string& id, ProducerEpoch* producer);
  // Adds a partition to the transaction. The first call of this or of AddOffsets begins it.
  TransactionReply AddPartition(const std::string& id, const ProducerEpoch& producer, const LogId& log);
  TransactionReply AddOffsets(const std::string& id, const ProducerEpoch& producer);
  // Ends the open transaction of this epoch. Returns before the markers are written.
  TransactionReply End(const std::string& id, const ProducerEpoch& producer, bool commits);

  // Checks that the partition was announced to the open transaction. Leaders and the group's coordinator call it before
  // they add something to a transaction (KIP-890).
  TransactionReply VerifyPartition(const std::string& id, const ProducerEpoch& producer, const LogId& log);
  TransactionReply VerifyOffsets(const std::string& id, const ProducerEpoch& producer);

  // Returns the producer's current epoch; nullopt while a transaction of it is open or being completed.
  std::optional<ProducerEpoch> Idle(int64_t producer) const;

  // Makes the coordinator unreachable for `duration`. Its state stays.
  void Move(Millis duration) { away_until_ = agenda_->now() + duration; }

 private:
  enum class State : uint8_t { kEmpty, kOngoing, kPreparing, kComplete };
  struct Transaction {
    ProducerEpoch producer;
    State state = State::kEmpty;
    bool commits = false;  // how the transaction being completed, or the last one, ends
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
  std::map<std::string, Transaction> transactions_;  // pointers to transactions stay valid
  int64_t last_producer_id_ = 0;
  Agenda::Time away_until_;
};

}  // namespace leadpulse::testing
