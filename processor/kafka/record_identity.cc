#include "processor/kafka/record_identity.h"

#include <xxhash.h>

#include <memory>

#include "processor/base/assert.h"

namespace leadpulse::kafka {
namespace {

// Users cannot send these records again, so the leads do.
constexpr const char* kMessagesLost =
    ". What leads of one address had told each other, and what was not read, is lost: opt-outs and events of the "
    "address, commands by address, answers that leads wait for";
constexpr const char* kTellAgain =
    ". Then set `identity: {by_email: false}` in the definitions. Once that has rolled out, take it out again: then "
    "all leads tell their mailboxes again what they know";

}  // namespace

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

Status CreatedAgain(const std::string& place, const std::string& found, engine::InputTopic topic) {
  return Status::Fatal(place + " " + found +
                       ": the topic was deleted and created again, or it is that of another cluster" +
                       (topic == engine::InputTopic::kExchange ? kMessagesLost : "") +
                       ". Nothing is skipped silently. Give the processes the topic that they read before, or start "
                       "over as the runbook says");
}

Status DeletedUnread(engine::InputTopic topic, const std::string& topic_name, PartitionId partition, int64_t first,
                     int64_t last, const std::string& said) {
  const bool is_exchange = topic == engine::InputTopic::kExchange;
  const std::string number = std::to_string(partition.value);
  const std::string place = topic_name + " [" + number + "]";
  return Status::Fatal("records of " + place + " from offset " + std::to_string(first) + " to " + std::to_string(last) +
                       " were deleted before they were read: " + said + (is_exchange ? kMessagesLost : "") +
                       ". Nothing is skipped silently. Give the input topics a longer retention. To go on without "
                       "these records, stop all processes and say: leadpulse state accept-gap --config FILE --topic " +
                       topic_name + " --partition " + number + " --from " + std::to_string(first) + " --to " +
                       std::to_string(last) + (is_exchange ? kTellAgain : ""));
}

}  // namespace leadpulse::kafka
