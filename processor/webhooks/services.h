// The built-in providers, and functions that several of them share.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/status.h"
#include "processor/base/time_formats.h"
#include "processor/webhooks/event_collector.h"

namespace leadpulse::webhooks {

// Reads a post's body and adds its events to the collector, as does the function of each other provider. Rejected: the
// body as a whole cannot be read.
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

// An SNS message has at most 256 KiB; topics of larger ones do not post to HTTP
// (https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html). As JSON text it is at most twice as long,
// and the envelope's other fields take less than 16 KiB.
inline constexpr size_t kMaxSnsBodyBytes = (2 * 256 + 16) << 10;

// A Mailgun post is one event, with at most 4 KB of the sender's variables
// (https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/send-attach-metadata). Its signature is
// in the body, which is read before it can be checked.
inline constexpr size_t kMaxMailgunBodyBytes = 1 << 20;

// The one field of Mandrill's form.
inline constexpr std::string_view kMandrillEvents = "mandrill_events";

// Whether a post of Mailgun's is a form and not JSON. The content type alone does not decide: tools that send JSON
// often keep their default one.
bool IsMailgunForm(const Payload& payload);

// Providers allow a few kilobytes: Mailgun 4 KB of variables, SendGrid 10 KB of arguments.
inline constexpr size_t kMaxArgumentBytes = 64 << 10;

// Parses an argument that is JSON in a string. Null if it is not JSON or is longer than kMaxArgumentBytes: the tree
// takes memory in addition to that of the body.
inline Json ParseArgument(std::string_view text) {
  if (text.size() > kMaxArgumentBytes) return Json();
  Result<Json> read = Json::Parse(text);
  return read.ok() ? *std::move(read) : Json();
}

// The sender's custom arguments in one object, for providers that put them in several places or as JSON in a string.
// The last value of a name counts. Values that are neither string nor number are left out: they cannot be a lead,
// tenant or campaign.
class Arguments {
 public:
  void Add(std::string_view name, std::string_view text) {
    if (!name.empty() && !text.empty()) members_.emplace_back(name, text);
  }
  // Adds the members if `object` is an object.
  void AddMembers(const Json& object) {
    for (const auto& [name, value] : object.members()) Add(name, value.text());
  }
  // Adds the pairs if it is a list: `[{"name": "shop", "value": "de"}]`.
  void AddPairs(const Json& pairs) {
    for (const Json& pair : pairs.elements()) Add(pair["name"].text(), pair["value"].text());
  }

  Json Take() const { return Json::OfStrings(members_); }

 private:
  std::vector<std::pair<std::string, std::string>> members_;
};

}  // namespace leadpulse::webhooks
