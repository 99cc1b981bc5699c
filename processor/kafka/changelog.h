// The records of the changelog `lead.state`: bytes to values and back. schemas/leadpulse/v1/changelog.proto is their
// page; engine/partition_meta.h is what a state has in common with them. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "processor/engine/partition_meta.h"
#include "processor/engine/stored_definitions.h"
#include "state/store/lead_store.h"

namespace leadpulse::kafka {

enum class ChangelogKind : uint8_t {
  kLead,
  kErasure,
  kPosition,
  kDefinitions,
  kUnknown,  // of a later version of this program
};

// What a record is, by its key.
ChangelogKind KindOfChangelogKey(std::string_view key);

extern const std::string_view kPositionKey;
extern const std::string_view kDefinitionsKey;
std::string ErasureKey(std::string_view key_hash);
// Of a key that is that of an erasure.
std::string_view KeyHashOfErasure(std::string_view key);

// Counts a record of a lead or an erasure in.
void AddToDigest(std::string_view key, std::optional<std::string_view> value, engine::RecordDigest* digest);

std::string EncodeErasure(const state::Erasure& erasure);

// Fatal, with what to do: the bytes are damaged or were written by a later version.
Result<engine::PartitionPosition> DecodePosition(std::string_view bytes);
Result<engine::StoredDefinitions> DecodeDefinitions(std::string_view bytes);
Result<state::Erasure> DecodeErasure(std::string_view bytes);
// The stored lead in a LeadRecord; a view into it. Nothing else in it is looked at.
Result<std::string_view> StoredLeadIn(std::string_view bytes);

// Tells one erasure secret from another.
std::string ErasureSecretCheck(const state::LeadStore& store);

}  // namespace leadpulse::kafka
