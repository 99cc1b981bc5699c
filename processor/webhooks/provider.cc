#include "processor/webhooks/provider.h"

#include <algorithm>

#include "processor/base/assert.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/webhooks/services.h"

namespace leadpulse::webhooks {

Result<Conversion> Provider::Convert(const Payload& payload, const ConversionOptions& options) const {
  EventCollector events(name_, payload, options);
  LP_RETURN_IF_ERROR(read_(payload, &events));
  return events.Take();
}

std::span<const Provider> Providers() {
  static const Provider kProviders[] = {{"amazon-ses", ReadAmazonSes, {kMaxSnsBodyBytes}},
                                        {"brevo", ReadBrevo},
                                        {"mailersend", ReadMailerSend},
                                        {"mailgun", ReadMailgun, {kMaxMailgunBodyBytes}},
                                        {"mailjet", ReadMailjet},
                                        {"mailtrap", ReadMailtrap},
                                        {"mandrill", ReadMandrill},
                                        {"postmark", ReadPostmark},
                                        {"resend", ReadResend},
                                        {"sendgrid", ReadSendGrid},
                                        {"sparkpost", ReadSparkPost}};
  return kProviders;
}

const Provider* FindProvider(std::string_view name) {
  const auto found = std::ranges::find(Providers(), name, &Provider::name);
  return found == Providers().end() ? nullptr : &*found;
}

std::string_view HeaderOf(const Post& post, std::string_view name) {
  const std::string folded = FoldCase(name);
  for (const Header& header : post.headers) {
    if (EqualsFolded(header.name, folded)) return header.value;
  }
  return {};
}

std::string_view SkipReasonName(SkipReason reason) {
  switch (reason) {
    case SkipReason::kNoEngagement:
      return "no engagement";
    case SkipReason::kUnknownName:
      return "unknown";
    case SkipReason::kIncomplete:
      return "incomplete";
    case SkipReason::kOtherTenant:
      return "other tenant";
  }
  LP_ASSERT(false);
}

void AppendSkippedLine(std::string_view provider, const std::optional<SkippedOrigin>& origin, const Skipped& skipped,
                       std::string* out) {
  JsonObject line(out);
  line.Text("provider", provider);
  line.Text("reason", SkipReasonName(skipped.reason));
  if (origin) {
    line.Text("source", origin->source);
    line.Time("receivedAt", origin->received_at);
  }
  line.Text("name", skipped.name);
  if (!skipped.detail.empty()) line.Text("detail", skipped.detail);
  *line.Key("item") += skipped.item.empty() ? "null" : skipped.item;
  line.End();
  *out += '\n';
}

Payload WholePayload(const Post& post) {
  const std::string_view id = HeaderOf(post, "svix-id");
  return {.body = post.body,
          .content_type = post.content_type,
          .delivery_id = id.empty() ? HeaderOf(post, "webhook-id") : id,
          .received_at = post.received_at};
}

}  // namespace leadpulse::webhooks
