// Tokens that are accepted once, for providers that sign a token but not the content of the post.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <utility>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/webhooks/provider.h"

namespace leadpulse::webhooks {

// The used tokens, shared by all sources of a process, so that a token is accepted at one source only. Thread-safe. In
// memory: the caller persists each token with its post and restores the tokens at its start.
class UsedTokens {
 public:
  // A token takes about 100 bytes. At the limit the tokens with the oldest signatures are evicted, and unknown tokens
  // that are not newer are rejected: posts are accepted for a shorter time, but no token is accepted twice.
  static constexpr size_t kMaxTokens = 500'000;

  // Creates an empty set. `lifetime`: how long after signing a token can be accepted.
  explicit UsedTokens(Millis lifetime, size_t max_tokens = kMaxTokens) : lifetime_(lifetime), max_tokens_(max_tokens) {}

  // Reserves the token for this content until Settle, which must be called once. The same content again is a repetition
  // by the sender. Rejected: the token was used with other content, or is too old to know. Retriable: it is reserved
  // for other content.
  Status Reserve(const SignedToken& token, Instant now);
  // Ends a reservation. `accepted`: the token is now used. Else it may come with other content, unless it was used
  // before.
  void Settle(const SignedToken& token, bool accepted);

  // Restores a token that was used before this process started.
  void Restore(const SignedToken& token);
  // Rejects unknown tokens signed up to this time: they may be missing among the restored ones.
  void ForgetUntil(Instant signed_at);

 private:
  using Key = std::pair<Instant, crypto::HalfDigest>;  // by time, so that the oldest is first
  struct Use {
    crypto::HalfDigest content{};
    size_t reservations = 0;
    bool used = false;
  };

  void Evict(Instant oldest);

  const Millis lifetime_;
  const size_t max_tokens_;
  std::mutex mutex_;  // protects the members below
  std::map<Key, Use> uses_;
  Instant forgotten_until_ = Instant::DistantPast();
};

}  // namespace leadpulse::webhooks
