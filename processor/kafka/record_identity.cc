#include "processor/kafka/record_identity.h"

#include <xxhash.h>

#include <memory>
#include <string>

#include "processor/base/assert.h"

namespace leadpulse::kafka {

uint64_t RecordHash(int64_t offset, int64_t time_ms, std::string_view key, std::optional<std::string_view> value) {
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(), &XXH3_freeState);
  LP_ASSERT(state != nullptr && XXH3_128bits_reset(state.get()) == XXH_OK);
  const std::string numbers =
      std::to_string(offset) + "," + std::to_string(time_ms) + "," + std::to_string(key.size()) + (value ? "," : ";");
  for (const std::string_view part : {std::string_view(numbers), key, value.value_or(std::string_view())}) {
    LP_ASSERT(XXH3_128bits_update(state.get(), part.data(), part.size()) == XXH_OK);
  }
  return XXH3_128bits_digest(state.get()).low64;
}

Status CreatedAgain(const std::string& place, const std::string& found) {
  return Status::Fatal(place + " " + found +
                       ": the topic was deleted and created again, or it is that of another cluster. Nothing is "
                       "skipped silently. Give the processes the topic that they read before, or start over as the "
                       "runbook says");
}

}  // namespace leadpulse::kafka
