#include "processor/webhooks/provider.h"

#include <algorithm>
#include <array>

#include "processor/base/text.h"
#include "processor/webhooks/services.h"

namespace leadpulse::webhooks {

std::span<const Provider* const> Providers() {
  static const std::array kProviders = {&AmazonSesProvider(), &BrevoProvider(),    &MailerSendProvider(),
                                        &MailgunProvider(),   &MailjetProvider(),  &MailtrapProvider(),
                                        &MandrillProvider(),  &PostmarkProvider(), &ResendProvider(),
                                        &SendGridProvider(),  &SparkPostProvider()};
  return kProviders;
}

const Provider* FindProvider(std::string_view name) {
  const auto all = Providers();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Provider* p) { return p->name() == name; });
  return found == all.end() ? nullptr : *found;
}

std::string_view HeaderOf(const Post& post, std::string_view name) {
  const std::string folded = FoldCase(name);
  for (const Header& header : post.headers) {
    if (EqualsFolded(header.name, folded)) return header.value;
  }
  return {};
}

Payload WholePayload(const Post& post) {
  const std::string_view id = HeaderOf(post, "svix-id");
  return {.body = post.body,
          .content_type = post.content_type,
          .delivery_id = id.empty() ? HeaderOf(post, "webhook-id") : id,
          .received_at = post.received_at};
}

}  // namespace leadpulse::webhooks
