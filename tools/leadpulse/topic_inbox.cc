#include "tools/leadpulse/topic_inbox.h"

#include <chrono>
#include <utility>

#include "processor/kafka/client/rdkafka_record_writer.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/live/live_options.h"

namespace leadpulse::tools {

Result<std::unique_ptr<receiver::TopicInbox>> OpenTopicInbox(const TopicInboxOptions& options,
                                                             receiver::RecordSink* refused, const Clock* clock,
                                                             receiver::TopicMetrics* metrics) {
  kafka::WriterOptions writing;
  writing.formats = options.formats;
  writing.timeout = options.timeout;
  writing.room_timeout = std::chrono::milliseconds(0);  // the post comes again
  writing.queue_bytes = options.waiting_bytes;
  LP_ASSIGN_OR_RETURN(auto writer, kafka::MakeRecordWriter(MakeClientOptions(options.kafka), writing));
  if (Status status = writer->CheckTopics(); !status.ok()) {
    if (status.kind() != ErrorKind::kRetriable) return status;
    telemetry::LogWarning(status.message() + ". " + options.without_brokers);
  }
  return std::make_unique<receiver::TopicInbox>(std::move(writer), refused, clock, metrics);
}

void NoQuarantine::Append(const receiver::Batch& /*batch*/, receiver::Done done) {
  done(Status::Rejected("the topic does not take this record; it is probably too large"));
}

}  // namespace leadpulse::tools
