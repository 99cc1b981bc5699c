#include "processor/serve/queries/process_key.h"

#include <optional>
#include <utility>

#include "processor/base/assert.h"
#include "state/store/store_keys.h"

namespace leadpulse::serve {
namespace {

std::string NewKey() {
  std::optional<std::string> key = state::RandomSecret(state::kErasureSecretBytes);
  LP_ASSERT(key);
  return *std::move(key);
}

}  // namespace

ProcessKey::ProcessKey() : key_(NewKey()) {}

std::string ProcessKey::HashOf(std::string_view bytes) const { return state::ErasureHashOf(key_, bytes); }

}  // namespace leadpulse::serve
