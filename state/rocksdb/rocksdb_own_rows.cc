#include "state/rocksdb/rocksdb_own_rows.h"

#include <string_view>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "state/rocksdb/rocksdb_database.h"
#include "state/store/store_keys.h"

namespace leadpulse::state {
namespace {

// nullopt unless the text is a positive decimal number.
std::optional<uint32_t> ParseCount(const std::string& text) {
  const auto count = ParseInteger<uint32_t>(text);
  return count != 0U ? count : std::nullopt;
}

// Whether this program reads states of this format version.
bool IsReadableFormat(const std::string& version) {
  const std::optional<uint32_t> number = ParseCount(version);
  return number && *number <= kStateFormatVersion;
}

// The row with the number of the last commit.
std::string_view CommitRowOf(RowFamily family) { return family == kMeta ? kCommitRow : kCommitRowBehindPartitions; }

// The number written by CommitRows; no row: there was no commit.
std::optional<uint64_t> CommitNumber(const std::optional<std::string>& row) {
  return row ? ParseInteger<uint64_t>(*row) : 0;
}

}  // namespace

Result<std::optional<StateIdentity>> ReadStateIdentity(const RocksDbDatabase& database) {
  // Format version first: a newer format may have changed everything else.
  LP_ASSIGN_OR_RETURN(std::optional<std::string> version, database.Read(kMeta, kFormatVersionRow));
  if (!version) return std::optional<StateIdentity>();
  if (!IsReadableFormat(*version)) {
    return Status::Rejected(database.name() + " has format version " + *version + "; this program reads up to " +
                            std::to_string(kStateFormatVersion) + ". Run the program that wrote it, or build the " +
                            "state again from its input in a new --state directory.");
  }
  LP_ASSIGN_OR_RETURN(std::optional<std::string> count, database.Read(kMeta, kPartitionCountRow));
  LP_ASSIGN_OR_RETURN(std::optional<std::string> secret, database.Read(kMeta, kErasureSecretRow));
  std::optional<uint32_t> partitions = count ? ParseCount(*count) : std::nullopt;
  if (!partitions || !secret || secret->size() != kErasureSecretBytes) {
    return database.ReadError(rocksdb::Status::Corruption("partition count or erasure secret"));
  }
  return std::optional(StateIdentity{*ParseCount(*version), *partitions, std::move(*secret)});
}

Status RaiseFormatVersion(const RocksDbDatabase& database, const StateIdentity& identity) {
  if (identity.format_version == kStateFormatVersion) return Status::Ok();
  rocksdb::WriteBatch batch;
  rocksdb::Status status =
      batch.Put(database.family(kMeta), ToSlice(kFormatVersionRow), std::to_string(kStateFormatVersion));
  if (identity.format_version < kPublishedFormatVersion) {
    LP_ASSIGN_OR_RETURN(const auto commit, database.Read(kMeta, CommitRowOf(kMeta)));
    if (commit) status = batch.Put(database.family(kPublished), ToSlice(CommitRowOf(kPublished)), *commit);
  }
  LP_ASSERT(status.ok());  // a WriteBatch without a size limit accepts every row
  rocksdb::WriteOptions write;
  write.sync = true;
  status = database->Write(write, &batch);
  return status.ok() ? Status::Ok() : database.OpenError(status);
}

Consistency FindConsistency(const RocksDbDatabase& database, const OldManifest& manifest) {
  Consistency found;
  auto read = [&](RowFamily family, std::string_view row_key) {
    Result<std::optional<std::string>> row = database.Read(family, row_key);
    if (!row.ok() && found.unreadable.ok()) found.unreadable = row.status();
    return row;
  };
  Result<std::optional<std::string>> version = read(kMeta, kFormatVersionRow);
  if (version.ok() && *version && !IsReadableFormat(**version)) return found;
  Result<std::optional<std::string>> record = read(kMeta, kManifestRow);
  if (record.ok()) {
    Status same = manifest.Check(record->value_or(""));
    if (!same.ok()) found.loss = same.message();
  }
  std::string numbers;
  std::optional<uint64_t> first;
  bool agree = true;
  const bool numbers_published =
      version.ok() && ParseCount(version->value_or("")).value_or(0) >= kPublishedFormatVersion;
  for (const RowFamily family : kFamilies) {
    if (family == kPublished && !numbers_published) continue;
    Result<std::optional<std::string>> row = read(family, CommitRowOf(family));
    if (!row.ok()) continue;
    std::optional<uint64_t> number = CommitNumber(*row);
    numbers += (numbers.empty() ? "" : ", ") + std::string(RowFamilyName(family)) + " ";
    numbers += number ? std::to_string(*number) : "unreadable";
    agree = agree && number && (!first || first == number);
    if (!first) first = number;
  }
  found.commit_number = first.value_or(0);
  if (!agree && !found.loss) found.loss = "its files are of different commits: " + numbers;
  return found;
}

Status CommitRows::AddTo(const RocksDbDatabase& database, rocksdb::WriteBatch* batch) {
  LP_ASSIGN_OR_RETURN(std::string manifest, manifest_.Record());
  rocksdb::Status added = batch->Put(database.family(kMeta), ToSlice(kManifestRow), manifest);
  ++number_;
  for (const RowFamily family : kFamilies) {
    if (added.ok()) added = batch->Put(database.family(family), ToSlice(CommitRowOf(family)), std::to_string(number_));
  }
  LP_ASSERT(added.ok());  // a WriteBatch without a limit on its size takes everything
  return Status::Ok();
}

}  // namespace leadpulse::state
