// The bytes of keys and small values in the store (state/README.md). Numbers in keys are big endian, so that the byte
// order is the numeric order. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "state/store/lead_store.h"

namespace leadpulse::state {

// Returns the prefix of all keys of a partition.
std::string PartitionPrefix(PartitionId partition);
// Returns nullopt if there are too few bytes.
std::optional<PartitionId> PartitionOfRow(std::string_view row_key);

// Returns a key of column family `leads`: partition, encoded lead key.
std::string LeadRowKey(PartitionId partition, std::string_view key);
// Returns the encoded lead key in a row key; a view into it.
std::string_view LeadKeyOfRow(std::string_view row_key);

// Column family `default`, published changes: the key of the lead's row.

// Returns the key of a row of counts by day, which is in that family, too: partition, NUL, encoded DayCountsKey. No
// encoded lead key begins with NUL.
std::string DayCountsRowKey(PartitionId partition, std::string_view key);
// Returns the encoded DayCountsKey in a row key, a view into it; nullopt if the row is not one of counts by day.
std::optional<std::string_view> DayCountsKeyOfRow(std::string_view row_key);

// Returns a key of column family `timers`: partition, due, encoded lead key.
std::string TimerRowKey(PartitionId partition, Instant due, std::string_view key);
// Returns nullopt if the bytes are not a timer.
std::optional<DueTimer> ParseTimerRow(std::string_view row_key);

// Returns HMAC-SHA-256, 32 bytes.
std::string KeyedHash(std::string_view key, std::string_view text);

// Column family `erased`: partition, hash of the encoded lead key. The key cannot be recovered from it, nor guessed
// without the secret.
//
// A secret is one or more keys, the oldest first: HMAC-SHA-256 with the first key, then of the result with the next,
// and so on. So a stored hash gets another key without the lead's key: ErasureHashOf(a + b, key) is ErasureHashOf(b,
// ErasureHashOf(a, key)).
inline constexpr size_t kErasureKeyBytes = 32;
inline constexpr size_t kErasureHashBytes = 32;
// Each key costs an HMAC, about a microsecond, when a lead that is not held is looked up.
inline constexpr size_t kMostErasureKeys = 100;
bool IsErasureSecret(std::string_view bytes);
std::string ErasureHashOf(std::string_view secret, std::string_view key);
// Returns the keys that `secret` has after those of `former`; nullopt if it does not begin with these.
std::optional<std::string_view> ErasureKeysAfter(std::string_view former, std::string_view secret);
std::string ErasureRowKey(PartitionId partition, std::string_view key_hash);
// Returns the key of a deployment whose processes share a text.
std::string ErasureKeyFrom(std::string_view text);
// Whether these bytes can be such a key.
bool IsErasureRowKey(std::string_view row_key);
std::string ErasureRowValue(const Erasure& erasure);
// Returns nullopt if the bytes are not an erasure.
std::optional<Erasure> ParseErasureRow(std::string_view value);

// The store's own rows in `meta`; this prefix is reserved for them.
inline constexpr std::string_view kOwnPrefix = "store/";
inline constexpr std::string_view kFormatVersionRow = "store/format_version";
inline constexpr std::string_view kPartitionCountRow = "store/partition_count";
inline constexpr std::string_view kErasureSecretRow = "store/erasure_secret";
// How the manifest began at the last commit, and the number of that commit (rocksdb_own_rows.h).
inline constexpr std::string_view kManifestRow = "store/manifest";
inline constexpr std::string_view kCommitRow = "store/commit";
bool IsOwnRow(std::string_view name);
// The row of the last commit's number in the other families: after the last possible partition.
inline constexpr std::string_view kCommitRowBehindPartitions = "\xff\xff\xff\xff/commit";

// Returns cryptographically strong random bytes; nullopt if the system has none.
std::optional<std::string> RandomSecret(size_t bytes);

}  // namespace leadpulse::state
