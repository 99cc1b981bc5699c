// One partition of a worker of the live mode, fed with Protobuf events in epochs: everything that a worker's thread
// does but librdkafka's and RocksDB's part. Records that would be produced are dropped. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/codec/records.h"

namespace leadpulse::bench {

class LiveEpochs {
 public:
  // Uses these definitions, and rows and profiles of leads that are due after some `epochs_due` epochs. Ends the
  // program on an error.
  LiveEpochs(std::string_view definitions_yaml, int epochs_due);
  ~LiveEpochs();
  LiveEpochs(const LiveEpochs&) = delete;
  LiveEpochs& operator=(const LiveEpochs&) = delete;

  // Reads these events, as one poll, at this wall clock.
  void Apply(const std::vector<std::string>& encoded, Instant clock);
  // Ends the epoch and commits it.
  void EndEpoch();
  // Returns the number of records produced so far.
  uint64_t produced() const;

 private:
  struct World;
  std::unique_ptr<World> world_;
};

// Returns the events as records of the topic.
std::vector<std::string> EncodeEvents(const std::vector<codec::Event>& events);

}  // namespace leadpulse::bench
