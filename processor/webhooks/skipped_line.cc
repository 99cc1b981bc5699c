#include "processor/webhooks/skipped_line.h"

#include "processor/base/assert.h"
#include "processor/base/json_object.h"

namespace leadpulse::webhooks {

std::string_view SkipReasonName(SkipReason reason) {
  switch (reason) {
    case SkipReason::kNoEngagement:
      return "no engagement";
    case SkipReason::kUnknownName:
      return "unknown";
    case SkipReason::kIncomplete:
      return "incomplete";
    case SkipReason::kOtherTenant:
      return "other tenant";
  }
  LP_ASSERT(false);
}

void AppendSkippedLine(std::string_view provider, const std::optional<SkippedOrigin>& origin, const Skipped& skipped,
                       std::string* out) {
  JsonObject line(out);
  line.Text("provider", provider);
  line.Text("reason", SkipReasonName(skipped.reason));
  if (origin) {
    line.Text("source", origin->source);
    line.Time("receivedAt", origin->received_at);
  }
  line.Text("name", skipped.name);
  if (!skipped.detail.empty()) line.Text("detail", skipped.detail);
  *line.Key("item") += skipped.item.empty() ? "null" : skipped.item;
  line.End();
  *out += '\n';
}

}  // namespace leadpulse::webhooks
