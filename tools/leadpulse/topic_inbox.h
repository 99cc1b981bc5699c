// The inbox that writes to the topics of a live run, for `leadpulse receive` and `leadpulse serve`.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "config/settings.h"
#include "processor/base/clock.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/receiver/record_sink.h"
#include "processor/receiver/topic_inbox.h"

namespace leadpulse::tools {

struct TopicInboxOptions {
  config::KafkaSettings kafka;
  config::FormatSettings formats;
  Millis timeout{10'000};         // a record that is not acknowledged by then has failed
  size_t waiting_bytes = 0;       // limit of records that wait for the brokers
  std::string without_brokers{};  // logged if no broker answers: says what happens until one does
};

// `refused` gets records that a topic refuses; it, `clock` and `metrics` outlive the inbox. Rejected and Fatal: the
// topics cannot be used. No error if the brokers do not answer: they may be starting.
Result<std::unique_ptr<receiver::TopicInbox>> OpenTopicInbox(const TopicInboxOptions& options,
                                                             receiver::RecordSink* refused, const Clock* clock,
                                                             receiver::TopicMetrics* metrics);

// Takes nothing: if a topic refuses a record, its sender gets the error.
class NoQuarantine : public receiver::RecordSink {
 public:
  void Append(const receiver::Batch& batch, receiver::Done done) override;
};

}  // namespace leadpulse::tools
