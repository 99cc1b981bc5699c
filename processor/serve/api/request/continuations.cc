#include "processor/serve/api/request/continuations.h"

#include <array>
#include <utility>

#include "processor/base/text.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/request/problem.h"

namespace leadpulse::serve {
namespace {

constexpr std::string_view kPurpose = "leadpulse continuation";
// Sealed texts have a multiple of this length, so that their lengths do not tell those of ids and numbers.
constexpr size_t kBlock = 64;
constexpr char kNoPlace[] = "?";  // no run has made such a place of a stream

constexpr std::array<std::pair<std::string_view, Continuation>, 2> kParameters = {
    {{"cursor", Continuation::kCursor}, {"after", Continuation::kPosition}}};

bool IsMadeOf(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

// Whether an earlier version of the program made the cursor or position, which it did not seal: `2-0a1b`, base64url of
// some bytes, `000001.jsonl:12` or `TOPIC/3/12`.
bool IsOfBefore(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789", kHex = "0123456789abcdef", kSegment = ".jsonl:";
  constexpr size_t kFingerprint = 8, kLongest = 28;  // bytes of a cursor of the audit log
  const size_t dash = text.find('-'), segment = text.find(kSegment), slash = text.rfind('/');
  if (IsMadeOf(text.substr(0, dash), kDigits) && dash != text.npos && IsMadeOf(text.substr(dash + 1), kHex))
    return true;
  if (segment != text.npos && IsMadeOf(text.substr(0, segment), kDigits)) {
    return IsMadeOf(text.substr(segment + kSegment.size()), kDigits);
  }
  if (slash != text.npos && text.find('/') != slash) return IsMadeOf(text.substr(slash + 1), kDigits);
  const std::optional<std::string> bytes = access::FromBase64Url(text);
  return bytes && bytes->size() > kFingerprint && bytes->size() < kLongest &&
         IsMadeOf(std::string_view(*bytes).substr(kFingerprint), kDigits);
}

}  // namespace

std::string Continuations::Seal(Continuation kind, std::string_view tenant, std::string_view text) const {
  std::string bytes(1, static_cast<char>(kind));
  bytes.append(tenant).append(1, '\0').append(text);
  bytes.resize((bytes.size() / kBlock + 1) * kBlock);
  return keys_.Seal(bytes, kPurpose);
}

std::optional<std::string> Continuations::Open(Continuation kind, std::string_view tenant,
                                               std::string_view sealed) const {
  const std::optional<std::string> bytes = keys_.Unseal(sealed, kPurpose);
  std::string belongs(1, static_cast<char>(kind));
  belongs.append(tenant).append(1, '\0');
  if (!bytes || !bytes->starts_with(belongs)) return std::nullopt;
  const std::string text = bytes->substr(belongs.size());
  return text.substr(0, text.find('\0'));
}

std::optional<http::Response> Continuations::OpenIn(std::string_view tenant, ApiRequest* request) const {
  for (http::FormField& field : request->parameters) {
    for (const auto& [name, kind] : kParameters) {
      if (field.name != name || field.value.empty()) continue;
      std::optional<std::string> text = Open(kind, tenant, field.value);
      if (!text && IsOfBefore(field.value)) {
        return Problem(http::kGone, "cursor_expired", "it is too old; leave it out to begin again", name);
      }
      if (!text) return WrongParameter(name, "an answer of this tenant has given no such text; leave it out");
      field.value = *std::move(text);
    }
  }
  std::string& place = request->last_event_id;
  if (!place.empty()) place = Open(Continuation::kChange, tenant, place).value_or(kNoPlace);
  return std::nullopt;
}

}  // namespace leadpulse::serve
