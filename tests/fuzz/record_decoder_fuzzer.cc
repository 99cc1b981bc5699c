// Any bytes give a record or a rejection with a reason and a sentence, in both formats, and the same bytes the same.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "processor/base/assert.h"
#include "schemas/codec/record_decoder.h"

namespace {

void DecodeTwice(leadpulse::codec::RecordDecoder* decoder, std::string_view bytes) {
  const leadpulse::codec::Decoded first = decoder->Decode(bytes, {});
  const leadpulse::codec::Decoded second = decoder->Decode(bytes, {});
  LP_ASSERT(first.index() == second.index());
  const auto* rejection = std::get_if<leadpulse::codec::Rejection>(&first);
  LP_ASSERT(rejection == nullptr || !rejection->detail.empty());
  const auto* event = std::get_if<leadpulse::codec::Event>(&first);
  LP_ASSERT(event == nullptr || *event == std::get<leadpulse::codec::Event>(second));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto json = leadpulse::codec::MakeJsonRecordDecoder();
  static const auto protobuf = leadpulse::codec::MakeProtobufRecordDecoder();
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  DecodeTwice(json.get(), bytes);
  DecodeTwice(protobuf.get(), bytes);
  return 0;
}
