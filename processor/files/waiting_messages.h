// The messages between leads that a commit of a run leaves undelivered, as an entry of the state
// (engine::kRunMessagesName): one record, or one step of a rollout, causes more than fits into an epoch. No further
// record is read and no timer fires before they are delivered, by the same run or by the next one.
//
// Values; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/status.h"
#include "processor/files/message_waves.h"
#include "schemas/codec/records.h"

namespace leadpulse::files {

// The record that commands by address come from, for its dead letter.
struct WaitingOrigin {
  codec::SourcePosition source;
  std::string payload;
  uint64_t full_size = 0;
  bool is_rejected = false;  // it is a dead letter already
  friend bool operator==(const WaitingOrigin&, const WaitingOrigin&) = default;
};

struct WaitingMessages {
  std::vector<WaitingMessage> messages;  // as MessageWaves::Waiting; empty: none wait
  std::optional<WaitingOrigin> origin;   // nullopt: no message brings a command
  bool registering = false;              // leads register before a rollout
};

// Encodes the messages. Those to several receivers that share what they bring are encoded once.
std::string EncodeWaiting(const WaitingMessages& waiting);
// Decodes them. Fatal for bytes of another kind: the state is damaged or was written by a later program. Empty bytes:
// none wait.
Result<WaitingMessages> DecodeWaiting(std::string_view bytes);

}  // namespace leadpulse::files
