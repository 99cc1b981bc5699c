#include "processor/engine/erasure_remains.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "processor/engine/apply_command.h"
#include "state/store/store_keys.h"

namespace leadpulse::engine {

std::string PseudonymOf(std::string_view erasure_hash) {
  return std::string(kPseudonymPrefix) + absl::BytesToHexString({erasure_hash.data(), erasure_hash.size()});
}

bool IsPseudonym(std::string_view text) {
  if (!text.starts_with(kPseudonymPrefix)) return false;
  text.remove_prefix(kPseudonymPrefix.size());
  return text.size() == 2 * state::kErasureHashBytes && std::ranges::all_of(text, absl::ascii_isxdigit);
}

void BeginLife(state::Erasure erasure, state::Lead* lead) {
  lead->erased_at = erasure.erased_at;
  lead->last_seq = erasure.last_seq;
  if (erasure.facts != state::StatusFacts()) lead->journal.SetFacts(std::move(erasure.facts));
  if (!erasure.address_facts.empty()) lead->journal.SetAddressFacts(std::move(erasure.address_facts));
  lead->identity = std::move(erasure.identity);
  lead->profile = NewProfile(lead->key);
  lead->profile.do_not_contact = erasure.do_not_contact;
}

}  // namespace leadpulse::engine
