// Believable histories of leads at any size: what an e-mail platform, a web site and a CRM would send over some days.
//
// A stream: records come in the order in which they arrive, at most one held at a time; see World for what is kept
// meanwhile. The same options give the same records with every compiler, library and machine. One thread.
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

  // Replaces the record by the next. False: there is none.
  bool Next(Record* record);

  // Of the record given last: when it arrived, and whether it is one that had arrived before.
  Instant arrival() const { return last_.arrival; }
  bool again() const { return last_.again; }
  // How many records are decided and have not arrived: what memory grows with, beside the number of leads.
  size_t pending() { return world_.pending().size(); }

 private:
  static constexpr uint64_t kBad = 9'001;

  // Fills and takes slices until one has records. False: that was the last.
  bool NextSlice();
  // What the platform knows after the record has arrived. False: the lead is erased, so nobody sends this any more.
  bool Arrive(PendingRecord* pending);

  World world_;
  std::vector<PendingRecord> slice_;
  size_t position_ = 0;
  PendingRecord last_;
  Random bad_;  // of its own, so that the good records are the same with and without bad ones
  bool spoil_ = false;
};

}  // namespace leadpulse::simulate
