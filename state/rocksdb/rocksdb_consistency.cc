#include "state/rocksdb/rocksdb_consistency.h"

#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "state/rocksdb/rocksdb_database.h"
#include "state/rocksdb/rocksdb_identity.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "state/store/store_keys.h"

namespace leadpulse::state {
namespace {

// The number written by CommitRows; no row: there was no commit.
std::optional<uint64_t> CommitNumber(const std::optional<std::string>& row) {
  return row ? ParseInteger<uint64_t>(*row) : 0;
}

}  // namespace

std::string_view CommitRowOf(Family family) { return family == kMeta ? kCommitRow : kCommitRowBehindPartitions; }

Consistency FindConsistency(const RocksDbDatabase& database, const std::string& directory,
                            const OldManifest& manifest) {
  Consistency found;
  auto read = [&](Family family, std::string_view row_key) {
    Result<std::optional<std::string>> row = ReadRow(database, directory, family, row_key);
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
  const bool numbers_published = version.ok() && FormatOf(version->value_or("")) >= kPublishedFormatVersion;
  for (const Family family : kFamilies) {
    if (family == kPublished && !numbers_published) continue;
    Result<std::optional<std::string>> row = read(family, CommitRowOf(family));
    if (!row.ok()) continue;
    std::optional<uint64_t> number = CommitNumber(*row);
    numbers += (numbers.empty() ? "" : ", ") + std::string(kFamilyNames[family]) + " ";
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
  for (const Family family : kFamilies) {
    if (added.ok()) added = batch->Put(database.family(family), ToSlice(CommitRowOf(family)), std::to_string(number_));
  }
  LP_ASSERT(added.ok());  // a WriteBatch without a limit on its size takes everything
  return Status::Ok();
}

}  // namespace leadpulse::state
