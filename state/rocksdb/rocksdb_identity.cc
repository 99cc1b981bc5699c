#include "state/rocksdb/rocksdb_identity.h"

#include <rocksdb/write_batch.h>

#include <utility>

#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "state/rocksdb/rocksdb_consistency.h"
#include "state/store/store_keys.h"

namespace leadpulse::state {
namespace {

// nullopt unless the text is a positive decimal number.
std::optional<uint32_t> ParseCount(const std::string& text) {
  const auto count = ParseInteger<uint32_t>(text);
  return count != 0U ? count : std::nullopt;
}

}  // namespace

Result<std::optional<std::string>> ReadRow(const RocksDbDatabase& database, const std::string& directory, Family family,
                                           std::string_view row_key, const rocksdb::ReadOptions& read) {
  rocksdb::PinnableSlice value;
  rocksdb::Status status = database->Get(read, database.family(family), ToSlice(row_key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return ReadError(status, directory);
  return std::optional(value.ToString());
}

Result<std::optional<StateIdentity>> ReadStateIdentity(const RocksDbDatabase& database, const std::string& directory) {
  // Format version first: a newer format may have changed everything else.
  LP_ASSIGN_OR_RETURN(std::optional<std::string> version, ReadRow(database, directory, kMeta, kFormatVersionRow));
  if (!version) return std::optional<StateIdentity>();
  if (!IsReadableFormat(*version)) {
    return Status::Rejected(StateIn(directory) + " has format version " + *version + "; this program reads up to " +
                            std::to_string(kStateFormatVersion) + ". Run the program that wrote it, or build the " +
                            "state again from its input in a new --state directory.");
  }
  LP_ASSIGN_OR_RETURN(std::optional<std::string> count, ReadRow(database, directory, kMeta, kPartitionCountRow));
  LP_ASSIGN_OR_RETURN(std::optional<std::string> secret, ReadRow(database, directory, kMeta, kErasureSecretRow));
  std::optional<uint32_t> partitions = count ? ParseCount(*count) : std::nullopt;
  if (!partitions || !secret || secret->size() != kErasureSecretBytes) {
    return ReadError(rocksdb::Status::Corruption("partition count or erasure secret"), directory);
  }
  return std::optional(StateIdentity{*ParseCount(*version), *partitions, std::move(*secret)});
}

Status RaiseFormatVersion(const RocksDbDatabase& database, const std::string& directory,
                          const StateIdentity& identity) {
  if (identity.format_version == kStateFormatVersion) return Status::Ok();
  rocksdb::WriteBatch batch;
  rocksdb::Status status =
      batch.Put(database.family(kMeta), ToSlice(kFormatVersionRow), std::to_string(kStateFormatVersion));
  if (identity.format_version < kPublishedFormatVersion) {
    LP_ASSIGN_OR_RETURN(const auto commit, ReadRow(database, directory, kMeta, CommitRowOf(kMeta)));
    if (commit) status = batch.Put(database.family(kPublished), ToSlice(CommitRowOf(kPublished)), *commit);
  }
  LP_ASSERT(status.ok());  // a WriteBatch without a size limit accepts every row
  rocksdb::WriteOptions write;
  write.sync = true;
  status = database->Write(write, &batch);
  return status.ok() ? Status::Ok() : OpenError(status, directory);
}

uint32_t FormatOf(const std::string& version) { return ParseCount(version).value_or(0); }

bool IsReadableFormat(const std::string& version) {
  const uint32_t number = FormatOf(version);
  return number > 0 && number <= kStateFormatVersion;
}

}  // namespace leadpulse::state
