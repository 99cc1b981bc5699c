#include "state/codec/lead_version.h"

#include <xxhash.h>

#include "absl/strings/str_cat.h"
#include "state/codec/lead_codec.h"

namespace leadpulse::state {

std::string LeadVersion(const Lead& lead) {
  Lead recorded;
  recorded.key = lead.key;
  recorded.profile = lead.profile;
  recorded.journal = lead.journal;
  recorded.erased_at = lead.erased_at;
  const std::string bytes = EncodeLead(recorded);
  return absl::StrCat(absl::Hex(XXH3_64bits(bytes.data(), bytes.size()), absl::kZeroPad16));
}

}  // namespace leadpulse::state
