// Tokens that may be used once, where a signature covers them and not what they came with.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

#include "processor/base/instant.h"
#include "processor/base/status.h"

namespace leadpulse::webhooks {

// Safe from any number of threads. In memory only: a new process knows none.
class UsedTokens {
 public:
  // Where more come than `max_tokens`, the ones signed first are forgotten, and nothing unknown that was signed no
  // later than they were is taken any more: the time in which a post is taken gets shorter, a second use gets no
  // chance.
  explicit UsedTokens(size_t max_tokens) : max_tokens_(max_tokens) {}

  // The same body again is the sender's repetition and fine.
  // Rejected: the token came with another body, or is too old to know.
  Status Check(Instant signed_at, std::string_view token, std::string_view body) const;
  // Checks and remembers at once, and forgets what was signed before `oldest`.
  Status Use(Instant signed_at, std::string_view token, std::string_view body, Instant oldest);

 private:
  using HalfDigest = std::array<char, 16>;
  using Key = std::pair<Instant, HalfDigest>;  // by time, so that the oldest are in front

  static HalfDigest DigestOf(std::string_view text);
  Status CheckLocked(const Key& key, const HalfDigest& body) const;

  const size_t max_tokens_;
  mutable std::mutex mutex_;
  std::map<Key, HalfDigest> bodies_;
  Instant forgotten_until_ = Instant::DistantPast();
};

}  // namespace leadpulse::webhooks
