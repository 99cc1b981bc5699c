#include "processor/webhooks/provider.h"

#include <algorithm>
#include <array>

#include "processor/base/assert.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/webhooks/services.h"

namespace leadpulse::webhooks {

namespace {

class Service : public Provider {
 public:
  using Read = Status (*)(const Payload& payload, EventCollector* events);

  Service(std::string_view name, Read read, size_t max_body_bytes = kAnyBodyBytes)
      : name_(name), read_(read), max_body_bytes_(max_body_bytes) {}

  std::string_view name() const override { return name_; }
  size_t max_body_bytes() const override { return max_body_bytes_; }
  Result<Conversion> Convert(const Payload& payload, const ConversionOptions& options) const override {
    EventCollector events(name_, payload, options);
    LP_RETURN_IF_ERROR(read_(payload, &events));
    return events.Take();
  }

 private:
  const std::string_view name_;
  const Read read_;
  const size_t max_body_bytes_;
};

}  // namespace

std::span<const Provider* const> Providers() {
  static const Service kServices[] = {{"amazon-ses", ReadAmazonSes, kMaxSnsBodyBytes},
                                      {"brevo", ReadBrevo},
                                      {"mailersend", ReadMailerSend},
                                      {"mailgun", ReadMailgun, kMaxMailgunBodyBytes},
                                      {"mailjet", ReadMailjet},
                                      {"mailtrap", ReadMailtrap},
                                      {"mandrill", ReadMandrill},
                                      {"postmark", ReadPostmark},
                                      {"resend", ReadResend},
                                      {"sendgrid", ReadSendGrid},
                                      {"sparkpost", ReadSparkPost}};
  static const auto kProviders = [] {
    std::array<const Provider*, std::size(kServices)> providers{};
    std::ranges::transform(kServices, providers.begin(), [](const Service& service) { return &service; });
    return providers;
  }();
  return kProviders;
}

const Provider* FindProvider(std::string_view name) {
  const auto found = std::ranges::find(Providers(), name, &Provider::name);
  return found == Providers().end() ? nullptr : *found;
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
