// The stage between the yardstick of uncached_bench and the engine: gets each event's lead from an equal RocksDB,
// decodes it, adds one journal entry, encodes it and puts it back. This is the cost of the stored form, without
// evaluation, cache and batches. Ends the program on an error. One thread.
#pragma once

#include <memory>

#include "config/definitions.h"
#include "schemas/codec/records.h"
#include "state/codec/lead_codec.h"
#include "tests/bench/plain_rows.h"

namespace leadpulse::bench {

class CodecRows {
 public:
  // Makes a database, as PlainRows does.
  explicit CodecRows(const state::RocksDbOptions& options);

  PlainRows& rows() { return rows_; }
  // Applies an event to its lead, which must exist.
  void Apply(const codec::Event& event);

 private:
  PlainRows rows_;
  std::shared_ptr<const config::Definitions> definitions_;  // the built-in ones
  state::LeadDecoder decoder_;
  state::LeadEncoder encoder_;
};

}  // namespace leadpulse::bench
