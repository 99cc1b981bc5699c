// HMACs of a post's body, or of a text with its time, body and URL, with a shared secret. A form (SignedForm) says what
// each sender signs and where it puts the signature and the time.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/encodings.h"
#include "processor/base/text.h"
#include "processor/base/time_formats.h"
#include "processor/crypto/digests.h"
#include "processor/webhooks/signature_schemes.h"

namespace leadpulse::webhooks {
namespace {

constexpr std::string_view kTime = "{time}", kBody = "{body}", kUrl = "{url}";
constexpr size_t kMostParts = 16;  // of the signed text, and of a header

// Senders make the signature anew with every try, so the few minutes of their own libraries are enough.
constexpr Millis kUsualMaxAge = std::chrono::minutes(5);

// Splits the signed text into literals and the three names.
Result<std::vector<std::string>> PartsOf(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    size_t end = std::min(text.find('{'), text.size());
    if (end == 0) {
      end = std::min(text.find('}'), text.size() - 1) + 1;
      const std::string_view name = text.substr(0, end);
      if (name != kTime && name != kBody && name != kUrl) {
        return Status::Rejected("signed_text: it takes {time}, {body} and {url} between other characters than { and }");
      }
    }
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  if (parts.size() > kMostParts) return Status::Rejected("signed_text: it has more than 16 parts");
  return parts;
}

// Returns why the form cannot be used; Ok if it can.
Status CheckForm(const SignatureKey& key, const std::vector<std::string>& parts) {
  const SignedForm& form = key.form;
  const auto count = [&parts](std::string_view name) { return std::ranges::count(parts, name); };
  if (count(kBody) != 1) return Status::Rejected("signed_text: it must hold {body} once, because all else is not read");
  const bool has_place = !form.time_header.empty() || !form.time_part.empty();
  if (count(kTime) > 1) return Status::Rejected("signed_text: it may hold {time} once");
  if (count(kTime) == 1 && !has_place) {
    return Status::Rejected("signed_text: it holds {time}; say where the time is with time_header or time_part");
  }
  if (count(kTime) == 0 && has_place) {
    return Status::Rejected("signed_text: it holds no {time}, so the time of the header is not signed");
  }
  if (!form.time_header.empty() && !form.time_part.empty()) {
    return Status::Rejected("time_header and time_part: give one of them");
  }
  if (count(kUrl) > 0 && key.url.empty()) return Status::Rejected("signed_text: it holds {url}; give url, too");
  return Status::Ok();
}

// Returns the values of the parts of a header such as `t=1,v1=a,v1=b` or `ts=1;h1=a` that have this name; of a header
// without names, all of it.
std::vector<std::string_view> PartsNamed(std::string_view name, std::string_view header) {
  if (name.empty()) return {header};
  std::vector<std::string_view> values;
  for (size_t count = 0; !header.empty() && count < kMostParts; ++count) {
    const size_t end = std::min(header.find_first_of(",;"), header.size());
    const std::string_view part = TrimAsciiSpace(header.substr(0, end));
    const size_t equals = part.find('=');
    if (equals != std::string_view::npos && part.substr(0, equals) == name) values.push_back(part.substr(equals + 1));
    header.remove_prefix(std::min(end + 1, header.size()));
  }
  return values;
}

// Returns the time, from seconds or milliseconds since 1970 or RFC 3339. Seconds and milliseconds are digits only, so
// that other signed text next to them cannot become part of them.
std::optional<Instant> ReadSignedTime(std::string_view text) {
  constexpr size_t kSecondsDigits = 10, kMillisDigits = 13;
  if (!std::ranges::all_of(text, IsDigit)) return ParseRfc3339(text);
  if (text.size() == kSecondsDigits) return TimeOfSeconds(text);
  return text.size() == kMillisDigits ? TimeOfMillis(text) : std::nullopt;
}

crypto::Hash HashOf(SignatureScheme scheme) {
  if (scheme == SignatureScheme::kBodyHmacSha1) return crypto::Hash::kSha1;
  return scheme == SignatureScheme::kBodyHmacSha512 ? crypto::Hash::kSha512 : crypto::Hash::kSha256;
}

// Returns what senders usually write before the signature.
std::string_view UsualPrefix(crypto::Hash hash) {
  if (hash == crypto::Hash::kSha1) return "sha1=";
  return hash == crypto::Hash::kSha512 ? "sha512=" : "sha256=";
}

// A check of one source's posts.
class TextHmac {
 public:
  TextHmac(SignatureKey key, std::vector<std::string> parts)
      : key_(std::move(key)),
        parts_(std::move(parts)),
        hash_(HashOf(key_.scheme)),
        is_own_(IsBodyHmac(key_.scheme)),
        has_time_(std::ranges::find(parts_, kTime) != parts_.end()) {
    for (size_t i = 0; i + 1 < parts_.size(); ++i) time_touches_ = time_touches_ || TouchesNext(i);
  }

  Result<Payload> Check(const Post& post, Instant now) const {
    const std::string_view header = HeaderOf(post, key_.header);
    if (header.empty()) return MissingHeader(key_.header);
    std::string_view time;
    if (has_time_) {
      LP_ASSIGN_OR_RETURN(time, TimeOf(post, header));
      LP_RETURN_IF_ERROR(CheckTime(time, now));
    }
    const std::vector<std::string_view> signatures = PartsNamed(key_.form.signature_part, header);
    const std::string expected = Sign(time, post.body);
    bool is_readable = false;
    for (const std::string_view signature : signatures) {
      const std::optional<std::string> digest = DigestIn(signature);
      is_readable = is_readable || digest.has_value();
      if (!digest || !crypto::SameDigest(*digest, expected)) continue;
      return Payload{.body = post.body, .received_at = post.received_at};
    }
    if (is_readable) return NoMatch();
    return Status::Rejected("the header " + key_.header +
                            (signatures.empty() ? " has no part " + key_.form.signature_part
                             : is_own_          ? " is neither hexadecimal nor base64"
                                                : " is not hexadecimal"));
  }

 private:
  // Whether the time stands directly before a text that the sender writes, or before a digit.
  bool TouchesNext(size_t part) const {
    const std::string& next = parts_[part + 1];
    return parts_[part] == kTime && (next == kBody || next == kUrl || IsDigit(next.front()));
  }

  Result<std::string_view> TimeOf(const Post& post, std::string_view header) const {
    const SignedForm& form = key_.form;
    if (form.time_part.empty()) {
      const std::string_view time = HeaderOf(post, form.time_header);
      return time.empty() ? Result<std::string_view>(MissingHeader(form.time_header)) : time;
    }
    const std::vector<std::string_view> times = PartsNamed(form.time_part, header);
    if (times.size() == 1) return times.front();
    return Status::Rejected(
        Concat({"the header ", key_.header, " has ", times.empty() ? "no part " : "several parts ", form.time_part}));
  }

  Status CheckTime(std::string_view time, Instant now) const {
    const std::optional<Instant> signed_at = ReadSignedTime(time);
    if (!signed_at) {
      return Status::Rejected("the time of the signature is neither seconds nor milliseconds since 1970 nor RFC 3339");
    }
    if (time_touches_ && IsDigit(time.back())) {
      return Status::Rejected("the end of the signed time cannot be told from what follows it");
    }
    return CheckAge(*signed_at, now, key_.max_age.value_or(kUsualMaxAge));
  }

  std::string Sign(std::string_view time, std::string_view body) const {
    std::vector<std::string_view> text;
    for (const std::string& part : parts_) {
      const std::string_view is = part == kTime ? time : part == kBody ? body : part == kUrl ? key_.url : part;
      text.push_back(is);
    }
    return crypto::Hmac(hash_, key_.secret, text);
  }

  // Returns the digest in a header: hexadecimal, and of a sender whose form is not known also base64, and what is
  // behind the prefix.
  std::optional<std::string> DigestIn(std::string_view signature) const {
    const std::string_view algorithm = UsualPrefix(hash_);
    const std::string& prefix = key_.form.prefix;
    if (!signature.starts_with(prefix)) return std::nullopt;
    signature.remove_prefix(prefix.size());
    if (is_own_ && prefix.empty() && signature.starts_with(algorithm)) signature.remove_prefix(algorithm.size());
    std::optional<std::string> digest = FromHex(signature);
    return digest.has_value() || !is_own_ ? digest : FromBase64(signature);
  }

  const SignatureKey key_;
  const std::vector<std::string> parts_;
  const crypto::Hash hash_;
  const bool is_own_;  // of a sender whose form the operator says
  const bool has_time_;
  bool time_touches_ = false;
};

}  // namespace

// Makes a check of an HMAC of the body, or of a text with it. Only body and time are signed: no other header says how
// to read the body, nor which id it has. Without a time neither age nor use is signed: a repeated event has the same
// id, and the engine removes it.
MadeCheck MakeBodyHmacCheck(const SignatureKey& key) {
  if (key.header.empty()) return Status::Rejected("the name of the header that holds the signature is missing");
  LP_ASSIGN_OR_RETURN(std::vector<std::string> parts, PartsOf(key.form.text.empty() ? kBody : key.form.text));
  LP_RETURN_IF_ERROR(CheckForm(key, parts));
  const auto check = std::make_shared<const TextHmac>(key, std::move(parts));
  return CheckBy([check](const Post& post, Instant now) { return check->Check(post, now); });
}

}  // namespace leadpulse::webhooks
