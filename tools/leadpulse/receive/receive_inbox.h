// Where received records go, by the settings: to files, or to topics with a folder for the posts that people check.
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
  // Errors are those of FileInbox::Open; Rejected and Fatal also if the topics cannot be used. Without brokers, waits
  // for them and answers every post with 503. `clock` outlives this.
  static Result<std::unique_ptr<ReceiveInbox>> Open(const receiver::ReceiverSettings& settings, const Clock* clock,
                                                    webhooks::UsedTokens* tokens);

  receiver::RecordSink* sink();
  // The failure that ends the process, and the reason why it is not ready. Thread-safe.
  Status failure() const;
  Status readiness() const;
  void AddMetrics(telemetry::MetricsPage* page) const;
  // Ends waiting posts and refuses new ones. Returns the first failure, if there was one.
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
