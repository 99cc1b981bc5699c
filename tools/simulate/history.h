// Makes believable histories of leads of any size: the records that an email platform, a web site and a CRM would send
// over some days.
//
// The history is a stream of records in the order of arrival; see World for its memory. The same options give the same
// records with every compiler, library and machine. One thread.
#pragma once

#include <cstdint>
#include <vector>

#include "tools/simulate/pending_records.h"
#include "tools/simulate/record_maker.h"
#include "tools/simulate/world.h"

namespace leadpulse::simulate {

class History {
 public:
  explicit History(const HistoryOptions& options) : world_(options), bad_(HashOf(options.seed, kBad)) {}

  // Replaces the record by the next one. False at the end.
  bool Next(codec::Record* record);

  // Returns when the last returned record arrived; again() whether it had arrived before.
  Instant arrival() const { return last_.arrival; }
  bool again() const { return last_.again; }
  // Returns the number of records that are decided and have not arrived. Memory grows with it and with the number of
  // leads.
  size_t pending() { return world_.pending().size(); }

 private:
  static constexpr uint64_t kBad = 9'001;

  // Fills and takes slices until one has records. False: the last one has ended.
  bool NextSlice();
  // Updates the platform's knowledge when the record arrives. False: the lead is erased, so the record is not sent.
  bool Arrive(PendingRecord* pending);

  World world_;
  std::vector<PendingRecord> slice_;
  size_t position_ = 0;
  PendingRecord last_;
  Random bad_;  // separate, so that the good records are the same with and without bad ones
  bool spoil_ = false;
};

}  // namespace leadpulse::simulate
