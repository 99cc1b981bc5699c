// The port that makes the records of a post durable before it is answered: files, or Kafka with acks=all.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "processor/base/status.h"
#include "processor/webhooks/provider.h"
#include "schemas/codec/records.h"

namespace leadpulse::receiver {

// The records of one post.
struct Batch {
  std::vector<codec::Event> events;
  std::string kept;  // lines for a person, with their line ends; stored only while there is room
  std::optional<webhooks::SignedToken> token = {};  // used up once this is durable
  std::vector<codec::Command> commands = {};        // written before the events
};

// The position of a batch's first record, once the whole batch survives a power cut: in a file with its path; in
// topics that of the record acknowledged first. Errors: the sender must post again: Retriable, or Fatal if this sink
// takes nothing more. Some or all records of a failed batch may be stored.
using Done = std::function<void(const Result<codec::SourcePosition>&)>;

// The position of a batch without records, and of one that the brokers do not tell.
inline const codec::SourcePosition kNowhere{"", 0, -1, 0};

class RecordSink {
 public:
  virtual ~RecordSink() = default;
  // Thread-safe. Does not wait; calls `done` once, before it returns or later from any thread.
  virtual void Append(const Batch& batch, Done done) = 0;
  // The failure that ends the process, because a person must act; ok if there is none. Thread-safe, like the next.
  virtual Status failure() const { return Status::Ok(); }
  // The failure; or why the next post would probably be refused.
  virtual Status readiness() const { return failure(); }
};

}  // namespace leadpulse::receiver
