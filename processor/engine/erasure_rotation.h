// What is stored under an erasure secret, brought under the same secret with further keys: hashes of erased leads, and
// the pseudonyms of ids and addresses that rows and messages have.
//
// No id or address is needed for it, because the further keys hash the hash (state/store/store_keys.h). `added` are
// these keys, and never empty. An id that somebody chose and that looks like a pseudonym stays as it is while its lead
// uses the mailbox. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/engine/lead_message.h"
#include "state/lead/identity.h"
#include "state/store/lead_reader.h"

namespace leadpulse::engine {

// Returns whether the identity has pseudonyms; they are other ones now.
bool RotatePseudonyms(std::string_view added, state::LeadIdentity* identity);
// Rotates what an erasure keeps. Its key is ErasureHashOf(added, the key of before).
void RotateErasure(std::string_view added, state::Erasure* erasure);
// Returns the lead's row with other pseudonyms; nullopt if it has none, and stays. Fatal if the row is damaged.
Result<std::optional<std::string>> RotateRow(std::string_view added, const LeadKey& key, std::string_view row);
// Returns whether the message has pseudonyms; they are other ones now.
bool RotateMessage(std::string_view added, LeadMessage* message);

}  // namespace leadpulse::engine
