// The tokens that posts were accepted with (../webhooks/used_tokens.h), on disk, so that a restart knows them.
//
// Files `000001-1772323200`, by number and by the second in which each was begun. A line for each token: the time of
// signing in milliseconds, the token's digest and the content's in hexadecimal. Never change this but by adding to the
// end of a line. A file goes when its tokens are too old to be accepted, or when later files hold as many as memory
// does.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/receiver/appended_file.h"
#include "processor/webhooks/used_tokens.h"

namespace leadpulse::receiver {

struct TokenLogOptions {
  std::string folder;  // made where it is missing
  Millis lifetime{0};  // of a token after it was signed
  size_t max_tokens = webhooks::UsedTokens::kMaxTokens;
};

// Owned and called by one thread.
class TokenLog {
 public:
  // Restores what the folder holds into `tokens`. A last line that is torn is cut off: its post was never answered.
  // Rejected: a file cannot be read as tokens.
  static Result<std::unique_ptr<TokenLog>> Open(const TokenLogOptions& options, const OpenAppended& open,
                                                webhooks::UsedTokens* tokens);

  Status Append(const webhooks::SignedToken& token, Instant now);
  // Makes durable what was appended, and removes the files that are no longer needed.
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
  std::unique_ptr<AppendedFile> last_;  // the last of them; null: nothing was appended since the start
  bool dirty_ = false;
};

}  // namespace leadpulse::receiver
