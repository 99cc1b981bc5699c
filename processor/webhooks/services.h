// The built-in providers, one function each. It reads a post's body and adds its events to the collector. Rejected: the
// body as a whole cannot be read.
#pragma once

#include "processor/base/status.h"
#include "processor/webhooks/event_collector.h"
#include "processor/webhooks/times.h"

namespace leadpulse::webhooks {

Status ReadAmazonSes(const Payload& payload, EventCollector* events);
Status ReadBrevo(const Payload& payload, EventCollector* events);
Status ReadMailerSend(const Payload& payload, EventCollector* events);
Status ReadMailgun(const Payload& payload, EventCollector* events);
Status ReadMailjet(const Payload& payload, EventCollector* events);
Status ReadMailtrap(const Payload& payload, EventCollector* events);
Status ReadMandrill(const Payload& payload, EventCollector* events);
Status ReadPostmark(const Payload& payload, EventCollector* events);
Status ReadResend(const Payload& payload, EventCollector* events);
Status ReadSendGrid(const Payload& payload, EventCollector* events);
Status ReadSparkPost(const Payload& payload, EventCollector* events);

// A message of SNS has 256 KiB at most; topics of larger ones do not post to HTTP
// (https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html). As JSON text it is at most twice as long,
// and the envelope's other fields take less than 16 KiB.
inline constexpr size_t kMaxSnsBodyBytes = (2 * 256 + 16) << 10;

// A post of Mailgun is one event, with at most 4 KB of the sender's variables
// (https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/send-attach-metadata). Its signature
// is in the body, which is read before it can be checked.
inline constexpr size_t kMaxMailgunBodyBytes = 1 << 20;

// Whether a post of Mailgun's is a form and not JSON. The content type alone does not decide: tools that send JSON
// often keep their default one.
bool IsMailgunForm(const Payload& payload);

}  // namespace leadpulse::webhooks
