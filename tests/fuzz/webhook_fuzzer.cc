// Any bytes as what any provider posts: never a crash, the same ids whenever it comes, and records that the decoders
// take but for their time. The first byte chooses the provider, the second the content type, the rest is the body.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "processor/base/assert.h"
#include "processor/webhooks/provider.h"
#include "schemas/codec/input_writer.h"
#include "schemas/codec/record_decoder.h"

namespace {

using leadpulse::Instant;
using leadpulse::Result;
namespace codec = leadpulse::codec;
namespace webhooks = leadpulse::webhooks;

constexpr Instant kReceivedAt{1'772'323'200'000};

constexpr std::array<std::string_view, 4> kContentTypes = {"", "application/json", "application/x-www-form-urlencoded",
                                                           "multipart/form-data; boundary=xx"};

void CheckTaken(const codec::Event& event) {
  static const std::unique_ptr<codec::RecordDecoder> kDecoder = codec::MakeJsonRecordDecoder();
  std::string line;
  codec::AppendInputJson(event, &line);
  line.pop_back();
  const codec::Decoded decoded = kDecoder->Decode(line, {});
  const auto* rejection = std::get_if<codec::Rejection>(&decoded);
  LP_ASSERT(rejection == nullptr || rejection->reason == codec::Reason::kBadTimestamp);
  LP_ASSERT(rejection != nullptr || std::get<codec::Event>(decoded).event_id == event.event_id);
}

void CheckAgain(const webhooks::Conversion& first, const webhooks::Conversion& again) {
  LP_ASSERT(first.events.size() == again.events.size() && first.skipped.size() == again.skipped.size());
  for (size_t i = 0; i < first.events.size(); ++i) {
    LP_ASSERT(first.events[i].event_id == again.events[i].event_id);
    LP_ASSERT(first.events[i].key == again.events[i].key);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const auto providers = webhooks::Providers();
  const webhooks::Provider& provider = *providers[data[0] % providers.size()];
  const std::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);
  webhooks::ConversionOptions options;
  options.tenant = "acme";
  options.lead_argument = "lead";
  options.tenant_argument = "tenant";
  webhooks::Post post{body, kContentTypes[data[1] % kContentTypes.size()], {}, kReceivedAt};
  const Result<webhooks::Conversion> first = provider.Convert(post, options);
  post.received_at = kReceivedAt + std::chrono::hours(30);
  const Result<webhooks::Conversion> again = provider.Convert(post, options);
  LP_ASSERT(first.ok() == again.ok());
  if (!first.ok()) {
    LP_ASSERT(!first.status().message().empty());
    return 0;
  }
  CheckAgain(*first, *again);
  for (const codec::Event& event : first->events) CheckTaken(event);
  return 0;
}
