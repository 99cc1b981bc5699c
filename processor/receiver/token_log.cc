#include "processor/receiver/token_log.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>

#include "processor/base/durability.h"
#include "processor/base/encodings.h"
#include "processor/base/text.h"
#include "processor/crypto/digests.h"
#include "processor/webhooks/signature.h"

namespace leadpulse::receiver {
namespace {

namespace fs = std::filesystem;
using crypto::HalfDigest;
using webhooks::SignedToken;

std::optional<HalfDigest> ParseDigest(std::string_view text) {
  HalfDigest digest{};
  const std::optional<std::string> bytes = FromHex(text);
  if (!bytes || bytes->size() != digest.size()) return std::nullopt;
  std::ranges::copy(*bytes, digest.begin());
  return digest;
}

// Parses a line, in which a later version may write more fields.
std::optional<SignedToken> ParseLine(const std::string& line) {
  const std::vector<std::string> fields = absl::StrSplit(line, ' ');
  if (fields.size() < 3) return std::nullopt;
  const std::optional<int64_t> millis = ParseInteger<int64_t>(fields[0]);
  const std::optional<HalfDigest> token = ParseDigest(fields[1]);
  const std::optional<HalfDigest> content = ParseDigest(fields[2]);
  if (!millis || !token || !content) return std::nullopt;
  return SignedToken{Instant{*millis}, *token, *content};
}

std::string ToHex(const HalfDigest& digest) {
  return absl::BytesToHexString(absl::string_view(digest.data(), digest.size()));
}

}  // namespace

std::string LineOf(const SignedToken& token) {
  return Concat({std::to_string(token.signed_at.millis), " ", ToHex(token.token), " ", ToHex(token.content), "\n"});
}

Result<std::unique_ptr<TokenLog>> TokenLog::Open(const TokenLogOptions& options, const OpenAppended& open,
                                                 webhooks::UsedTokens* tokens) {
  LP_RETURN_IF_ERROR(CreateDirectory(options.folder));
  std::unique_ptr<TokenLog> log(new TokenLog(options, open));
  LP_RETURN_IF_ERROR(log->List());
  for (File& file : log->files_) LP_RETURN_IF_ERROR(log->Read(&file, tokens));
  // The removed files had no token that was signed later.
  if (!log->files_.empty() && log->files_.front().number > 1) {
    tokens->ForgetUntil(log->files_.front().begun + webhooks::kMaxClockLead);
  }
  return log;
}

std::string TokenLog::PathOf(const File& file) const {
  return absl::StrCat(options_.folder, "/", absl::Dec(file.number, absl::kZeroPad6), "-", file.begun.millis / 1000);
}

Status TokenLog::List() {
  std::error_code error;
  for (fs::directory_iterator each(options_.folder, error), end; !error && each != end; each.increment(error)) {
    const std::string name = each->path().filename().string();
    const std::vector<std::string> parts = absl::StrSplit(name, absl::MaxSplits('-', 1));
    const std::optional<int64_t> number = ParseInteger<int64_t>(parts.front());
    const std::optional<int64_t> second = ParseInteger<int64_t>(parts.back());
    if (!number || !second) continue;
    const File file{static_cast<uint64_t>(*number), Instant{*second * 1000}, 0};
    if (PathOf(file) == Concat({options_.folder, "/", name})) files_.push_back(file);
  }
  if (error) return Status::Fatal("folder " + options_.folder + " cannot be read: " + error.message());
  std::ranges::sort(files_, {}, &File::number);
  return Status::Ok();
}

Status TokenLog::Read(File* file, webhooks::UsedTokens* tokens) {
  const std::string path = PathOf(*file);
  LP_RETURN_IF_ERROR(CutOffTornEnd(path).status());
  std::ifstream lines(path, std::ios::binary);
  for (std::string line; std::getline(lines, line);) {
    ++file->tokens;
    const std::optional<SignedToken> token = ParseLine(line);
    if (!token) {
      return Status::Rejected(path + " cannot be read from line " + std::to_string(file->tokens) +
                              " on: move it away, and the tokens in it can be used a second time");
    }
    tokens->Restore(*token);
  }
  if (!lines.eof()) return FileFailure(path, "read");
  return Status::Ok();
}

Status TokenLog::Append(std::string_view line, Instant now) {
  const bool ends =
      files_.empty() || now - files_.back().begun >= options_.lifetime || files_.back().tokens >= options_.max_tokens;
  if (ends) {
    LP_RETURN_IF_ERROR(Begin(now));
  } else if (last_ == nullptr) {
    LP_ASSIGN_OR_RETURN(last_, open_(PathOf(files_.back())));
  }
  ++files_.back().tokens;
  dirty_ = true;
  return last_->Append(line);
}

Status TokenLog::Begin(Instant now) {
  if (dirty_) LP_RETURN_IF_ERROR(last_->Sync());
  const File file{files_.empty() ? 1 : files_.back().number + 1, Instant{now.millis / 1000 * 1000}, 0};
  LP_ASSIGN_OR_RETURN(last_, open_(PathOf(file)));
  files_.push_back(file);
  return Status::Ok();
}

Status TokenLog::Sync(Instant now) {
  if (!dirty_) return Status::Ok();
  dirty_ = false;
  LP_RETURN_IF_ERROR(last_->Sync());
  return RemoveOld(now);
}

Status TokenLog::RemoveOld(Instant now) {
  size_t later = 0;
  for (size_t i = 1; i < files_.size(); ++i) later += files_[i].tokens;
  while (files_.size() > 1) {
    const bool too_old = now - files_[1].begun > options_.lifetime + webhooks::kMaxClockLead;
    if (!too_old && later < options_.max_tokens) return Status::Ok();
    const std::string path = PathOf(files_.front());
    if (unlink(path.c_str()) != 0 && errno != ENOENT) return FileFailure(path, "removed");
    files_.erase(files_.begin());
    later -= files_.front().tokens;
  }
  return Status::Ok();
}

}  // namespace leadpulse::receiver
