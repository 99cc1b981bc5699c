#include "state/rocksdb/rocksdb_ingestion.h"

#include <rocksdb/sst_file_writer.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "processor/base/crash_point.h"
#include "state/store/state_directory.h"

namespace leadpulse::state {
namespace {

namespace fs = std::filesystem;

constexpr char kDraft[] = ".table-draft";  // not a name of a RocksDB file

// From 20 on RocksDB delays all commits.
constexpr uint64_t kMostTablesInTurn = 16;

void Remove(const fs::path& path) {
  std::error_code error;
  fs::remove(path, error);
}

}  // namespace

rocksdb::Status IngestTable(const RocksDbDatabase& database, RowFamily family, PartitionId partition, size_t count,
                            const std::function<IngestedRow(size_t index)>& row) {
  if (count == 0) return rocksdb::Status::OK();
  rocksdb::ColumnFamilyHandle* const handle = database.family(family);
  const std::string path = database.directory() + "/" + std::to_string(partition.value) + kDraft;
  // A file left by an error or a kill may be a hard link to a table of the state: it must not be overwritten.
  Remove(path);
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), database->GetOptions(handle));
  rocksdb::Status status = writer.Open(path);
  for (size_t i = 0; status.ok() && i < count; ++i) {
    const IngestedRow added = row(i);
    status = added.value ? writer.Put(added.key, ToSlice(*added.value)) : writer.Delete(added.key);
  }
  if (status.ok()) status = writer.Finish();
  if (!status.ok()) return status;
  CrashPoint("table_drafted");
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  options.write_global_seqno = false;  // the manifest has the checksum of the file as it was written
  status = database->IngestExternalFile(handle, {path}, options);
  if (status.ok()) CrashPoint("table_taken_over");
  return status;
}

bool TakesMoreTables(rocksdb::DB* database, rocksdb::ColumnFamilyHandle* family) {
  std::string files;  // a number; it is not an integer property
  database->GetProperty(family, rocksdb::DB::Properties::kNumFilesAtLevelPrefix + "0", &files);
  if (std::strtoull(files.c_str(), nullptr, 10) < kMostTablesInTurn) return true;
  // After an error there are no more compactions: do not wait, so that the caller gets the error.
  uint64_t compactions = 0;
  database->GetIntProperty(rocksdb::DB::Properties::kNumRunningCompactions, &compactions);
  return compactions == 0;
}

void RemoveUnfinishedTables(const std::string& directory) {
  for (const fs::path& file : PathsIn(directory)) {
    if (file.extension() == kDraft) Remove(file);
  }
}

}  // namespace leadpulse::state
