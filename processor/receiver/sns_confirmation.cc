#include "processor/receiver/sns_confirmation.h"

#include <algorithm>
#include <string_view>

#include "processor/webhooks/json.h"

namespace leadpulse::receiver {
namespace {

// https://sns.REGION.amazonaws.com/…, or .com.cn; printable, for it goes into the log.
bool LeadsToSns(std::string_view link) {
  constexpr std::string_view kBeginning = "https://sns.";
  if (!link.starts_with(kBeginning) || link.size() > 1024) return false;
  const std::string_view host = link.substr(8, std::min(link.find('/', 8), link.size()) - 8);
  const bool plain = std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
  const bool printable = std::all_of(link.begin(), link.end(), [](char c) { return c > ' ' && c < 0x7F; });
  return plain && printable && (host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn"));
}

constexpr std::string_view kType = "SubscriptionConfirmation";

std::optional<std::string> LinkIn(const webhooks::Json& envelope) {
  if (envelope["Type"].text() != kType) return std::nullopt;
  const std::string_view link = envelope["SubscribeURL"].text();
  return LeadsToSns(link) ? std::optional<std::string>(link) : std::nullopt;
}

}  // namespace

std::optional<std::string> ConfirmationLinkOf(const webhooks::Payload& payload) {
  if (payload.fields) return LinkIn(*payload.fields);
  constexpr size_t kMostBytes = 64 << 10;  // such a message has some two thousand
  if (payload.body.size() > kMostBytes || payload.body.find(kType) == std::string_view::npos) return std::nullopt;
  const Result<webhooks::Json> body = webhooks::Json::Parse(payload.body);
  return body.ok() ? LinkIn(*body) : std::nullopt;
}

}  // namespace leadpulse::receiver
