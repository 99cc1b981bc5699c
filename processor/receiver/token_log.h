// Stores the tokens of accepted posts (../webhooks/used_tokens.h) on disk, for the next start.
//
// The files are named `000001-1772323200`: a number, and the second in which the file was begun. Each token has a line:
// the time of signing in milliseconds, the token's digest and the content's in hexadecimal. Never change this, except
// by adding to the end of a line. A file is removed when its tokens are too old to be accepted, or when later files
// have as many tokens as fit in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/receiver/appended_file.h"
#include "processor/webhooks/used_tokens.h"

namespace leadpulse::receiver {

struct TokenLogOptions {
  std::string folder;  // created if it is missing
  Millis lifetime{0};  // how long a token is remembered after it was signed
  size_t max_tokens = webhooks::UsedTokens::kMaxTokens;
};

// Returns the line of a token, with its line end.
std::string LineOf(const webhooks::SignedToken& token);

// Owned and called by one thread.
class TokenLog {
 public:
  // Adds the stored tokens to `tokens`. Cuts off a torn last line, because its post was never answered. Rejected: a
  // file cannot be read as tokens.
  static Result<std::unique_ptr<TokenLog>> Open(const TokenLogOptions& options, const OpenAppended& open,
                                                webhooks::UsedTokens* tokens);

  // Appends the LineOf a token.
  Status Append(std::string_view line, Instant now);
  // Makes the appended tokens durable, and removes files that are no longer needed.
  Status Sync(Instant now);

 private:
  struct File {
    uint64_t number = 0;
    Instant begun;
    size_t tokens = 0;
  };

  TokenLog(const TokenLogOptions& options, OpenAppended open) : options_(options), open_(std::move(open)) {}
  std::string PathOf(const File& file) const;
  Status List();
  Status Read(File* file, webhooks::UsedTokens* tokens);
  Status Begin(Instant now);
  Status RemoveOld(Instant now);

  const TokenLogOptions options_;
  const OpenAppended open_;
  std::vector<File> files_;             // ascending
  std::unique_ptr<AppendedFile> last_;  // the last file; null before the first Append
  bool dirty_ = false;
};

}  // namespace leadpulse::receiver
