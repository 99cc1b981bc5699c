#include "tests/bench/event_records.h"

#include <utility>

#include "schemas/codec/protobuf_change.h"

namespace leadpulse::bench {

void ToMessage(const codec::Event& event, v1::EngagementEvent* message) {
  message->Clear();
  message->set_tenant_id(event.key.tenant);
  message->set_lead_id(event.key.lead);
  message->set_event_id(event.event_id);
  message->set_type(static_cast<v1::EngagementEvent::Type>(event.type));
  codec::SetTimestamp(event.occurred_at, message->mutable_occurred_at());
  message->set_campaign_id(event.campaign_id);
  message->set_message_id(event.message_id);
  message->set_name(event.name);
  if (event.type == EventType::kBounce) {
    message->set_bounce_kind(event.bounce_kind == BounceKind::kHard ? v1::Bounce::HARD : v1::Bounce::SOFT);
  }
}

EventProducer::EventProducer(const std::string& servers, std::string topic, int linger_ms)
    : topic_(std::move(topic)),
      producer_(MakeProducer(servers, {{"linger.ms", std::to_string(linger_ms)},
                                       {"compression.type", "lz4"},
                                       {"partitioner", "murmur2_random"},
                                       {"enable.idempotence", "true"},
                                       {"delivery.report.only.error", "true"},
                                       {"queue.buffering.max.messages", "500000"}})) {}

void EventProducer::Produce(const v1::EngagementEvent& event) {
  key_ = event.tenant_id();
  key_ += '\0';
  key_ += event.lead_id();
  event.SerializeToString(&value_);
  bytes_ += key_.size() + value_.size();
  while (true) {
    const rd_kafka_resp_err_t code = rd_kafka_producev(
        producer_.get(), RD_KAFKA_V_TOPIC(topic_.c_str()), RD_KAFKA_V_KEY(key_.data(), key_.size()),
        RD_KAFKA_V_VALUE(value_.data(), value_.size()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) Check(code, "an event was not taken");
    rd_kafka_poll(producer_.get(), 10);
  }
}

void EventProducer::Flush() { Check(rd_kafka_flush(producer_.get(), 60'000), "events were not delivered"); }

}  // namespace leadpulse::bench
