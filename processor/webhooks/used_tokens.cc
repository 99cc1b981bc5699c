#include "processor/webhooks/used_tokens.h"

#include <algorithm>

namespace leadpulse::webhooks {

Status UsedTokens::Reserve(const SignedToken& token, Instant now) {
  const std::scoped_lock lock(mutex_);
  const Key key{token.signed_at, token.token};
  if (const auto found = uses_.find(key); found != uses_.end()) {
    Use& use = found->second;
    if (use.content != token.content) {
      return use.used ? Status::Rejected("its token was used before, with another body or at another source")
                      : Status::Retriable("another post with its token is not answered yet");
    }
    ++use.reservations;
    return Status::Ok();
  }
  if (token.signed_at <= forgotten_until_) {
    return Status::Rejected("it was signed at " + FormatRfc3339(token.signed_at) +
                            ", and the tokens used until then are no longer known");
  }
  uses_.emplace(key, Use{token.content, 1, false});
  Evict(now - lifetime_);
  return Status::Ok();
}

void UsedTokens::Settle(const SignedToken& token, bool accepted) {
  const std::scoped_lock lock(mutex_);
  const auto found = uses_.find({token.signed_at, token.token});
  if (found == uses_.end()) return;  // evicted in the meantime
  Use& use = found->second;
  --use.reservations;
  use.used = use.used || accepted;
  if (!use.used && use.reservations == 0) uses_.erase(found);
}

void UsedTokens::Restore(const SignedToken& token) {
  const std::scoped_lock lock(mutex_);
  uses_.insert_or_assign({token.signed_at, token.token}, Use{token.content, 0, true});
  Evict(Instant::DistantPast());
}

void UsedTokens::ForgetUntil(Instant signed_at) {
  const std::scoped_lock lock(mutex_);
  forgotten_until_ = std::max(forgotten_until_, signed_at);
}

void UsedTokens::Evict(Instant oldest) {
  while (!uses_.empty() && (uses_.size() > max_tokens_ || uses_.begin()->first.first < oldest)) {
    forgotten_until_ = std::max(forgotten_until_, uses_.begin()->first.first);
    uses_.erase(uses_.begin());
  }
}

}  // namespace leadpulse::webhooks
