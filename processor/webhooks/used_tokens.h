// Tokens that may be accepted once: of providers that sign a token and not what is posted with it.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <utility>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/webhooks/signed_token.h"

namespace leadpulse::webhooks {

// All sources of a process share one, so that a token is accepted at one of them. Safe from any number of threads.
// In memory: the caller persists each token with its post, and restores them at its start.
class UsedTokens {
 public:
  // Each takes about 100 bytes. At the limit the tokens signed first are forgotten, and no unknown one is accepted that
  // was signed no later than they were: the time in which a post is accepted gets shorter, but no token passes twice.
  static constexpr size_t kMaxTokens = 500'000;

  // `lifetime`: how long after it was signed a token could be accepted.
  explicit UsedTokens(Millis lifetime, size_t max_tokens = kMaxTokens) : lifetime_(lifetime), max_tokens_(max_tokens) {}

  // Ok: no other content is accepted with the token until Settle, to be called once. The same content again is the
  // sender's repetition. Rejected: the token was used with another content, or is too old to know. Retriable: it is
  // reserved for another content.
  Status Reserve(const SignedToken& token, Instant now);
  // `accepted`: the token is used. Else another content may come with it, unless it was used before.
  void Settle(const SignedToken& token, bool accepted);

  // A token that was used before this process started.
  void Restore(const SignedToken& token);
  // Tokens up to this time of signing may be missing from those restored.
  void ForgetUntil(Instant signed_at);

 private:
  using Key = std::pair<Instant, HalfDigest>;  // by time, so that the oldest come first
  struct Use {
    HalfDigest content{};
    size_t reservations = 0;
    bool used = false;
  };

  void Evict(Instant oldest);

  const Millis lifetime_;
  const size_t max_tokens_;
  std::mutex mutex_;  // of what follows
  std::map<Key, Use> uses_;
  Instant forgotten_until_ = Instant::DistantPast();
};

}  // namespace leadpulse::webhooks
