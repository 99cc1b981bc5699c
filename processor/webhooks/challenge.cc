#include "processor/webhooks/challenge.h"

#include <absl/strings/escaping.h>

#include <algorithm>

#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/crypto/digests.h"

namespace leadpulse::webhooks {
namespace {

constexpr std::string_view kHmacNames[] = {"{hmac_hex}", "{hmac_base64}"};

bool MayBeSigned(std::string_view challenge) {
  const std::string_view text = challenge.substr(0, std::min(challenge.find('='), challenge.size()));
  const std::string_view padding = challenge.substr(text.size());
  return !text.empty() && IsAlphanumeric(text, "-_+/") && (padding.empty() || padding == "=" || padding == "==");
}

void Replace(std::string_view name, std::string_view by, std::string* text) {
  for (size_t at = text->find(name); at != std::string::npos; at = text->find(name, at + by.size())) {
    text->replace(at, name.size(), by);
  }
}

}  // namespace

bool NeedsSecret(const ChallengeAnswer& answer) {
  return std::ranges::any_of(answer, [](const auto& member) {
    return std::ranges::any_of(kHmacNames,
                               [&](std::string_view name) { return member.second.find(name) != std::string::npos; });
  });
}

Result<std::string> AnswerTo(std::string_view challenge, const ChallengeAnswer& answer, std::string_view secret) {
  if (challenge.size() > kMaxChallengeBytes) return Status::Rejected("the challenge is over 1024 bytes");
  if (answer.empty()) return std::string(challenge);
  std::string hmac;
  if (NeedsSecret(answer)) {
    if (!MayBeSigned(challenge)) return Status::Rejected("the challenge has other characters than those of base64");
    hmac = crypto::Hmac(crypto::Hash::kSha256, secret, {challenge});
  }
  std::string json;
  JsonObject object(&json);
  for (const auto& [name, text] : answer) {
    std::string made = text;
    Replace(kHmacNames[0], absl::BytesToHexString(hmac), &made);
    Replace(kHmacNames[1], absl::Base64Escape(hmac), &made);
    Replace("{challenge}", challenge, &made);
    object.Text(name, made);
  }
  object.End();
  return json;
}

}  // namespace leadpulse::webhooks
