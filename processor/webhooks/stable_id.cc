#include "processor/webhooks/stable_id.h"

#include <absl/strings/escaping.h>

#include "processor/base/text.h"
#include "processor/webhooks/digests.h"

namespace leadpulse::webhooks {
void StableId::Add(std::string_view part) { AppendParts({std::to_string(part.size()), ":", part}, &parts_); }

std::string StableId::Take() const {
  constexpr size_t kUsedBytes = 16;
  return provider_ + "-" + absl::BytesToHexString(Sha256(parts_).substr(0, kUsedBytes));
}

}  // namespace leadpulse::webhooks
