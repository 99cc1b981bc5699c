#include "processor/webhooks/used_tokens.h"

#include <algorithm>
#include <string>

#include "processor/webhooks/digests.h"

namespace leadpulse::webhooks {

Status UsedTokens::Check(Instant signed_at, std::string_view token, std::string_view body) const {
  const Key key{signed_at, DigestOf(token)};
  const HalfDigest digest = DigestOf(body);
  const std::scoped_lock lock(mutex_);
  return CheckLocked(key, digest);
}

Status UsedTokens::Use(Instant signed_at, std::string_view token, std::string_view body, Instant oldest) {
  const Key key{signed_at, DigestOf(token)};
  const HalfDigest digest = DigestOf(body);
  const std::scoped_lock lock(mutex_);
  LP_RETURN_IF_ERROR(CheckLocked(key, digest));
  bodies_.emplace(key, digest);
  while (!bodies_.empty() && (bodies_.size() > max_tokens_ || bodies_.begin()->first.first < oldest)) {
    forgotten_until_ = std::max(forgotten_until_, bodies_.begin()->first.first);
    bodies_.erase(bodies_.begin());
  }
  return Status::Ok();
}

UsedTokens::HalfDigest UsedTokens::DigestOf(std::string_view text) {
  HalfDigest half{};
  const std::string digest = Sha256(text);
  std::copy_n(digest.begin(), half.size(), half.begin());
  return half;
}

Status UsedTokens::CheckLocked(const Key& key, const HalfDigest& body) const {
  const auto found = bodies_.find(key);
  if (found != bodies_.end()) {
    return found->second == body ? Status::Ok() : Status::Rejected("its token was used before, with another body");
  }
  if (key.first > forgotten_until_) return Status::Ok();
  return Status::Rejected("it was signed at " + FormatRfc3339(key.first) +
                          ", when so many others were that their tokens are no longer known");
}

}  // namespace leadpulse::webhooks
