// Any bytes have a normal form as an address, which is its own normal form. An id is a mailbox if it is that form.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "processor/base/address.h"
#include "processor/base/assert.h"
#include "processor/base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string normal = leadpulse::NormalizeAddress(text);
  LP_ASSERT(leadpulse::NormalizeAddress(normal) == normal);
  LP_ASSERT(leadpulse::IsUtf8(normal) == leadpulse::IsUtf8(text));
  const bool holds_at = text.find('@') != std::string_view::npos;
  LP_ASSERT(leadpulse::IsMailboxId(text) == (holds_at && text == normal));
  LP_ASSERT(leadpulse::IsMailboxId(normal) == (normal.find('@') != std::string::npos));
  const std::string parsed = leadpulse::ParseAddress(text);
  LP_ASSERT(leadpulse::NormalizeAddress(parsed) == parsed);
  return 0;
}
