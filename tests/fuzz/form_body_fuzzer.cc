// Any bytes as a body that is JSON or a form never crash. What is read is JSON within its bounds: it is written and
// read back as itself.
//
// The first byte chooses the content type.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "processor/base/assert.h"
#include "processor/base/json.h"
#include "processor/webhooks/form_body.h"

namespace {

using leadpulse::Json;
using leadpulse::Result;
namespace webhooks = leadpulse::webhooks;

constexpr std::array<std::string_view, 4> kContentTypes = {"", "application/json", "application/x-www-form-urlencoded",
                                                           "multipart/form-data; boundary=xx"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  webhooks::Payload payload;
  payload.body = body;
  payload.content_type = kContentTypes[data[0] % kContentTypes.size()];
  size_t values_left = leadpulse::MaxJsonValues(body.size());
  const Result<Json> read = webhooks::ParseBodyOrForm(payload, &values_left);
  LP_ASSERT(values_left <= leadpulse::MaxJsonValues(body.size()));
  if (!read.ok()) {
    LP_ASSERT(!read.status().message().empty());
    return 0;
  }
  LP_ASSERT(!webhooks::IsForm(payload) || read->is_object());
  std::string text;
  read->AppendTo(&text);
  size_t again_left = leadpulse::MaxJsonValues(body.size());
  const Result<Json> again = Json::Parse(text, &again_left);
  LP_ASSERT(again.ok() && again_left == values_left);
  std::string again_text;
  again->AppendTo(&again_text);
  LP_ASSERT(again_text == text);
  return 0;
}
