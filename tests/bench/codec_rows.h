// Between the yardstick of uncached_bench and the engine: each event's lead got from a RocksDB set up alike, decoded,
// one journal entry longer, encoded and put back. What the stored form costs, without evaluation, cache and batches.
// Ends the program where something fails. One thread.
#pragma once

#include <memory>

#include "config/definitions.h"
#include "schemas/codec/records.h"
#include "state/codec/lead_codec.h"
#include "tests/bench/plain_rows.h"

namespace leadpulse::bench {

class CodecRows {
 public:
  // As PlainRows.
  explicit CodecRows(const state::RocksDbOptions& options);

  PlainRows& rows() { return rows_; }
  // The lead must be there.
  void Apply(const codec::Event& event);

 private:
  PlainRows rows_;
  std::shared_ptr<const config::Definitions> definitions_;  // the built-in
  state::LeadDecoder decoder_;
  state::LeadEncoder encoder_;
};

}  // namespace leadpulse::bench
