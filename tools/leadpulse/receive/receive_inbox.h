// Where what is received goes, as the settings say: files, or topics with a folder for what people are to look at.
#pragma once

#include <memory>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/receiver/file_inbox.h"
#include "processor/receiver/receiver_settings.h"
#include "processor/receiver/topic_inbox.h"
#include "processor/telemetry/metrics_page.h"

namespace leadpulse::tools {

class ReceiveInbox {
 public:
  // Errors as of FileInbox::Open; Rejected and Fatal also where the topics are not to be had. Brokers that are not
  // there are waited for, with every post answered 503. `clock` outlives this.
  static Result<std::unique_ptr<ReceiveInbox>> Open(const receiver::ReceiverSettings& settings, const Clock* clock,
                                                    webhooks::UsedTokens* tokens);

  receiver::RecordSink* sink();
  // What ends the process, and what keeps it from being ready. From any thread.
  Status failure() const;
  Status readiness() const;
  void AddMetrics(telemetry::MetricsPage* page) const;
  // Ends what waits and refuses what comes. Gives what has failed, if anything ever has.
  Status Close();

 private:
  ReceiveInbox() = default;
  Status OpenTopics(const receiver::TopicSettings& topics, size_t waiting_bytes, const Clock* clock);

  receiver::InboxMetrics file_metrics_;
  receiver::TopicMetrics topic_metrics_;
  std::unique_ptr<receiver::FileInbox> files_;
  std::unique_ptr<receiver::TopicInbox> topics_;  // null: into files
};

}  // namespace leadpulse::tools
