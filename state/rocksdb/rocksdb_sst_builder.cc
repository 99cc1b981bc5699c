#include "state/rocksdb/rocksdb_sst_builder.h"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "processor/base/crash_point.h"
#include "state/store/state_directory.h"

namespace leadpulse::state {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSstBuilder = ".table-draft";  // no file of RocksDB's

// From 20 on RocksDB delays all commits.
constexpr uint64_t kMostTablesInTurn = 16;

void Remove(const fs::path& path) {
  std::error_code error;
  fs::remove(path, error);
}

}  // namespace

SstBuilder::SstBuilder(const RocksDbDatabase& database, RowFamily family, PartitionId partition)
    : database_(database),
      family_(database.family(family)),
      path_(database.directory() + "/" + std::to_string(partition.value) + std::string(kSstBuilder)),
      writer_(rocksdb::EnvOptions(), database->GetOptions(family_)) {
  // A file left by an error or a kill may be a hard link to a table of the state: it must not be overwritten.
  Remove(path_);
  status_ = writer_.Open(path_);
}

void SstBuilder::Add(std::string_view key, std::optional<std::string_view> value) {
  if (!status_.ok()) return;
  status_ = value ? writer_.Put(ToSlice(key), ToSlice(*value)) : writer_.Delete(ToSlice(key));
}

rocksdb::Status SstBuilder::TakeOver() {
  if (status_.ok()) status_ = writer_.Finish();
  if (!status_.ok()) return status_;
  CrashPoint("table_drafted");
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  options.write_global_seqno = false;  // its checksum in the manifest is of the file as it was written
  status_ = database_->IngestExternalFile(family_, {path_}, options);
  if (status_.ok()) CrashPoint("table_taken_over");
  return status_;
}

bool TakesMoreTables(rocksdb::DB* database, rocksdb::ColumnFamilyHandle* family) {
  std::string files;  // a number; it is no integer property
  database->GetProperty(family, rocksdb::DB::Properties::kNumFilesAtLevelPrefix + "0", &files);
  if (std::strtoull(files.c_str(), nullptr, 10) < kMostTablesInTurn) return true;
  // After an error there are no more compactions: do not wait, so that the caller gets the error.
  uint64_t compactions = 0;
  database->GetIntProperty(rocksdb::DB::Properties::kNumRunningCompactions, &compactions);
  return compactions == 0;
}

void RemoveUnfinishedTables(const std::string& directory) {
  for (const fs::path& file : PathsIn(directory)) {
    if (file.extension() == kSstBuilder) Remove(file);
  }
}

}  // namespace leadpulse::state
