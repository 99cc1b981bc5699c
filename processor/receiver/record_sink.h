// Where the records of a post go before it is answered: files now, Kafka with acks=all behind the same port.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "processor/base/status.h"
#include "processor/webhooks/signed_token.h"
#include "schemas/codec/records.h"

namespace leadpulse::receiver {

// What one post has become.
struct Batch {
  std::vector<codec::Event> events;
  std::string kept;  // lines for a person to look at later, each with its end; as far as there is room for them
  std::optional<webhooks::SignedToken> token = {};  // is used once this is durable
  std::vector<codec::Command> commands = {};        // written before the events
};

// Ok: all of the batch survives a power cut. Otherwise whoever posted has to do so again: Retriable, or Fatal where
// this sink takes nothing any more. Of a batch that failed, some or all may be there all the same.
using Done = std::function<void(const Status&)>;

class RecordSink {
 public:
  virtual ~RecordSink() = default;
  // From any number of threads. Does not wait; calls `done` once, from any thread, or before it returns.
  virtual void Append(const Batch& batch, Done done) = 0;
};

}  // namespace leadpulse::receiver
