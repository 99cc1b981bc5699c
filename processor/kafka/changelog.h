// The records of the changelog `lead.state`, encoded and decoded. schemas/leadpulse/v1/changelog.proto documents them;
// engine/partition_meta.h has the parts that a state stores, too. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "processor/engine/partition_meta.h"
#include "processor/engine/stored_definitions.h"
#include "state/lead/lead.h"
#include "state/store/lead_reader.h"

namespace leadpulse::kafka {

enum class ChangelogKind : uint8_t {
  kLead,
  kHiddenLead,  // the row of a mailbox that is no lead of its own
  kErasure,
  kDayCounts,
  kPosition,
  kDefinitions,
  kUnknown,  // from a later version of this program
};

// Returns the kind of a record, from its key.
ChangelogKind KindOfChangelogKey(std::string_view key);

extern const std::string_view kPositionKey;
extern const std::string_view kDefinitionsKey;
// Returns the key of the record of a hidden lead. `row_key` is the key of its row in the store: tenant NUL lead.
std::string HiddenLeadKey(std::string_view row_key);
// Returns the row's key as a view into `key`, which must be that of a lead or a hidden lead.
std::string_view RowKeyOf(std::string_view key);
std::string ErasureKey(std::string_view key_hash);
// Returns the hash in `key`, which must be that of an erasure.
std::string_view KeyHashOfErasure(std::string_view key);

// Returns the key of a row of counts by day; `row_key` is that of state/codec/day_counts.h.
std::string DayCountsRecordKey(std::string_view row_key);
// Returns the row's key in `key`, which must be of that kind.
std::string_view DayCountsRowOf(std::string_view key);

// Adds a record of a lead, hidden or not, or of an erasure to the digest.
void AddToDigest(std::string_view key, std::optional<std::string_view> value, engine::RecordDigest* digest);

// Returns a leadpulse.v1.LeadRecord. `stored` is the result of state::EncodeLead.
std::string EncodeLeadRecord(std::string_view stored);

std::string EncodeErasure(const state::Erasure& erasure);

// Returns the error about a record of lead.state or lead.journal that cannot be read.
Status Damaged(const std::string& what);

// Decodes a position. Fatal if the bytes are damaged or were written by a later version. The message says what to do.
Result<engine::PartitionPosition> DecodePosition(std::string_view bytes);
Result<engine::StoredDefinitions> DecodeDefinitions(std::string_view bytes);
Result<state::Erasure> DecodeErasure(std::string_view bytes);
// Returns the stored lead in a LeadRecord, as a view into it. Does not parse the rest.
Result<std::string_view> StoredLeadIn(std::string_view bytes);

}  // namespace leadpulse::kafka
