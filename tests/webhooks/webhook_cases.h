// The posts in tests/data/webhooks and their expected records. tests/webhooks/README.md describes the files.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/json.h"
#include "processor/webhooks/provider.h"

namespace leadpulse::webhooks {

// When the cases' posts are received: 2026-03-01T00:00:00Z.
inline constexpr Instant kReceivedAt{1'772'323'200'000};

struct WebhookCase {
  std::string name;  // the name of its file, which is also in it: `sendgrid/bounces`
  const Provider* provider = nullptr;
  std::string body;
  std::string content_type;
  std::vector<Header> headers;
  ConversionOptions options;
  std::string expected;

  Post PostAt(Instant received_at) const { return {body, content_type, headers, received_at}; }
  Payload PayloadAt(Instant received_at) const { return WholePayload(PostAt(received_at)); }
  Result<Conversion> Convert() const { return ConvertBody(body); }
  Result<Conversion> ConvertBody(std::string_view other, Instant received_at = kReceivedAt) const {
    Payload payload = PayloadAt(received_at);
    payload.body = other;
    return provider->Convert(payload, options);
  }
};

// Returns all cases, sorted by name. Ends the program if a file names no provider or is incomplete.
const std::vector<WebhookCase>& WebhookCases();

// Describes a result in the format of the posts' files.
std::string Describe(const Result<Conversion>& converted);

// Returns the records as lines of JSON that no decoder of a run takes. A time before 2000 is the sender's own error,
// and goes to the dead letters.
std::string Untaken(const Conversion& converted);

// Writes `json`. Calls `change` for each value, a list or an object before its elements; it returns true if it has
// written another value instead. Returns whether it did.
bool AppendChanged(const Json& json, const std::function<bool(const Json& value, std::string* out)>& change,
                   std::string* out);

}  // namespace leadpulse::webhooks
