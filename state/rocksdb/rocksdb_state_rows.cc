#include <errno.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/status.h"
#include "state/rocksdb/rocksdb_database.h"
#include "state/rocksdb/rocksdb_own_rows.h"
#include "state/store/state_directory.h"
#include "state/store/state_rows.h"
#include "state/store/store_keys.h"

namespace leadpulse::state {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBlockCacheBytes = 64 << 20;
constexpr size_t kReadaheadBytes = 2 << 20;

// Verifies the checksums of all blocks of the file.
rocksdb::Status VerifyBlocks(const fs::path& path) {
  rocksdb::SstFileReader reader((rocksdb::Options()));
  rocksdb::Status status = reader.Open(path.string());
  return status.ok() ? reader.VerifyChecksum() : status;
}

// Compares the checksum of all bytes of the file with that in the manifest.
rocksdb::Status VerifyWhole(const fs::path& path, const std::string& checksum) {
  std::ifstream file(path, std::ios::binary);
  std::unique_ptr<rocksdb::FileChecksumGenerator> generator =
      rocksdb::GetFileChecksumGenCrc32cFactory()->CreateFileChecksumGenerator({});
  std::string chunk(kReadaheadBytes, '\0');
  do {
    file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    generator->Update(chunk.data(), static_cast<size_t>(file.gcount()));
  } while (file.good());
  if (!file.eof()) return rocksdb::Status::IOError("it cannot be read", strerror(errno));
  generator->Finalize();
  if (generator->GetChecksum() == checksum) return rocksdb::Status::OK();
  return rocksdb::Status::Corruption("the checksum of its bytes is not that in the manifest");
}

// Returns nullopt if the file is sound. If `checksum` is empty, the blocks' checksums are verified. A missing file was
// replaced by a running writer.
std::optional<ReadFault> CheckTableFile(const fs::path& path, const std::string& checksum) {
  std::error_code error;
  if (!fs::exists(path, error)) return std::nullopt;
  rocksdb::Status status = checksum.empty() ? VerifyBlocks(path) : VerifyWhole(path, checksum);
  if (status.ok() || !fs::exists(path, error)) return std::nullopt;
  return ReadFault{"table file " + path.filename().string(), status.ToString()};
}

constexpr size_t kLongestKey = 8 << 10;  // bytes; far beyond any row's

using RowIterator = std::unique_ptr<rocksdb::Iterator>;

RowIterator RowsFrom(rocksdb::SstFileReader* reader, const std::string& key) {
  RowIterator rows(reader->NewIterator(rocksdb::ReadOptions()));
  rows->Seek(key);
  return rows;
}

// Moves to the rows after the damage that follows `reached`. An iterator cannot step over an unreadable block, but it
// can seek: a seek into the block fails, one behind it succeeds. The end of the block, the greatest key with an error,
// is found byte by byte. An iterator may keep an error, so each seek uses a new one.
RowIterator RowsBehindDamage(rocksdb::SstFileReader* reader, const std::string& reached) {
  const auto damaged = [&](const std::string& key) { return key <= reached || !RowsFrom(reader, key)->status().ok(); };
  std::string end;
  while (damaged(end + '\0') && end.size() < kLongestKey) {
    int low = 0, high = 256;
    while (high - low > 1) {
      const int middle = (low + high) / 2;
      if (damaged(end + static_cast<char>(middle))) {
        low = middle;
      } else {
        high = middle;
      }
    }
    end += static_cast<char>(low);
  }
  return RowsFrom(reader, end + '\0');
}

// The merged keys of some table files, without damaged blocks. RocksDB's own iterator stops at the first one.
class TableKeys {
 public:
  // Begins with the first key after `after`, or with the first key.
  TableKeys(const std::vector<std::string>& paths, const std::optional<std::string>& after) {
    for (const std::string& path : paths) {
      Table table;
      rocksdb::Options options;
      options.merge_operator = RowAppends();
      table.reader = std::make_unique<rocksdb::SstFileReader>(options);
      if (!table.reader->Open(path).ok()) continue;
      table.rows = RowsFrom(table.reader.get(), after ? *after + '\0' : "");
      SkipDamage(after.value_or(""), &table);
      tables_.push_back(std::move(table));
    }
  }

  // Returns each key once, ascending; nullopt at the end. Includes deleted keys. Skips damaged blocks silently; in a
  // file with several, blocks between them may be skipped, too.
  std::optional<std::string> Next() {
    std::optional<std::string> least;
    for (const Table& table : tables_) {
      if (!table.rows->Valid()) continue;
      if (!least || table.rows->key().compare(*least) < 0) least = table.rows->key().ToString();
    }
    for (Table& table : tables_) {
      if (!least || !table.rows->Valid() || table.rows->key() != *least) continue;
      table.rows->Next();
      SkipDamage(*least, &table);
    }
    return least;
  }

 private:
  struct Table {
    std::unique_ptr<rocksdb::SstFileReader> reader;
    RowIterator rows;  // destroyed before its reader
  };

  static void SkipDamage(const std::string& reached, Table* table) {
    if (!table->rows->status().ok()) table->rows = RowsBehindDamage(table->reader.get(), reached);
  }

  std::vector<Table> tables_;
};

class RocksDbStateRows : public StateRows {
 public:
  RocksDbStateRows(const std::string& directory, StateAccess access)
      : directory_(directory), access_(access), commit_rows_(directory) {}

  Status Open(const RepairAccess& repair) {
    RocksDbOptions options;
    options.directory = directory_;
    options.create_if_missing = false;
    options.read_only = access_ == StateAccess::kRead;
    options.block_cache_bytes = kBlockCacheBytes;
    if (repair.accept_lost_commits) options.damaged_log = DamagedLog::kCutOff;
    if (!options.read_only) options.on_damaged_log = repair.on_damaged_log;
    const bool holds_tables = HoldsTableFiles(directory_);
    LP_RETURN_IF_ERROR(database_.Open(options));
    LP_ASSIGN_OR_RETURN(std::optional<StateIdentity> identity, ReadStateIdentity(database_));
    if (!identity && holds_tables) {
      return database_.ReadError(rocksdb::Status::Corruption("its format version is missing"));
    }
    if (!identity) return MissingStateError(directory_);
    identity_ = std::move(*identity);
    commit_rows_.GoOnFrom(database_.consistency());
    return options.read_only ? Status::Ok() : RaiseFormatVersion(database_, identity_);
  }

  uint32_t partition_count() const override { return identity_.partition_count; }
  const std::string& erasure_secret() const override { return identity_.erasure_secret; }

  std::vector<ReadFault> FaultsAtOpening() const override {
    std::vector<ReadFault> faults;
    if (database_.log_fault()) faults.push_back({"the log", *database_.log_fault()});
    if (database_.consistency().loss) faults.push_back({"the manifest", *database_.consistency().loss});
    return faults;
  }

  std::vector<ReadFault> CheckFiles() const override {
    std::vector<ReadFault> faults = FaultsAtOpening();
    std::vector<rocksdb::LiveFileMetaData> files;
    database_->GetLiveFilesMetaData(&files);
    const std::string known = rocksdb::GetFileChecksumGenCrc32cFactory()->CreateFileChecksumGenerator({})->Name();
    for (const rocksdb::LiveFileMetaData& file : files) {
      const std::string checksum = file.file_checksum_func_name == known ? file.file_checksum : "";
      std::optional<ReadFault> fault = CheckTableFile(fs::path(file.db_path) / file.name.substr(1), checksum);
      if (fault) faults.push_back(std::move(*fault));
    }
    return faults;
  }

  std::vector<ReadFault> Visit(RowFamily family, const RowVisitor& visit_row) const override {
    const RowVisitor visit = [&visit_row](std::string_view key, std::string_view value) {
      if (key != kCommitRowBehindPartitions) visit_row(key, value);
    };
    rocksdb::ReadOptions read;
    read.fill_cache = false;
    read.readahead_size = kReadaheadBytes;
    std::unique_ptr<rocksdb::Iterator> rows(database_->NewIterator(read, database_.family(family)));
    std::optional<std::string> reached;
    for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
      reached = rows->key().ToString();
      visit(rows->key().ToStringView(), rows->value().ToStringView());
    }
    if (rows->status().ok()) return {};
    std::vector<ReadFault> faults{FaultOf(family, rows->status())};
    VisitWhatIsLeft(family, reached, visit, &faults);
    return faults;
  }

  Result<std::optional<std::string>> Get(RowFamily family, std::string_view key) const override {
    return database_.Read(family, key);
  }

  Status Write(const std::vector<RowChange>& changes) override {
    LP_ASSERT(access_ == StateAccess::kRepair);
    rocksdb::WriteBatch batch;
    LP_RETURN_IF_ERROR(commit_rows_.AddTo(database_, &batch));
    rocksdb::Status status;
    for (const RowChange& change : changes) {
      rocksdb::ColumnFamilyHandle* family = database_.family(change.family);
      if (status.ok())
        status = change.value ? batch.Put(family, change.key, *change.value) : batch.Delete(family, change.key);
    }
    rocksdb::WriteOptions write;
    write.sync = true;
    if (status.ok()) status = database_->Write(write, &batch);
    if (status.ok()) return Status::Ok();
    database_.Abandon();
    return Status::Fatal("a write to " + database_.state_name() + " failed and may or may not be there: " +
                         status.ToString() + ". Do the same again once the cause is gone: it goes on from there.");
  }

 private:
  static ReadFault FaultOf(RowFamily family, const rocksdb::Status& status) {
    return {std::string("rows of `") + RowFamilyName(family) + "`", status.ToString()};
  }

  // Visits the rows after `reached` whose keys are in a readable table.
  void VisitWhatIsLeft(RowFamily family, const std::optional<std::string>& reached, const RowVisitor& visit,
                       std::vector<ReadFault>* faults) const {
    std::vector<rocksdb::LiveFileMetaData> files;
    database_->GetLiveFilesMetaData(&files);
    std::vector<std::string> paths;
    for (const rocksdb::LiveFileMetaData& file : files) {
      if (file.column_family_name == RowFamilyName(family)) paths.push_back(file.db_path + file.name);
    }
    TableKeys keys(paths, reached);
    while (std::optional<std::string> key = keys.Next()) {
      rocksdb::PinnableSlice value;
      rocksdb::Status status = database_->Get(rocksdb::ReadOptions(), database_.family(family), *key, &value);
      if (status.ok()) visit(*key, value.ToStringView());
      if (status.ok() || status.IsNotFound()) continue;
      ReadFault fault = FaultOf(family, status);
      if (fault.what != faults->back().what) faults->push_back(std::move(fault));
    }
  }

  const std::string directory_;
  const StateAccess access_;
  RocksDbDatabase database_;
  StateIdentity identity_;
  CommitRows commit_rows_;
};

}  // namespace

void AppendErasureSecret(std::string_view secret, std::vector<RowChange>* changes) {
  LP_ASSERT(IsErasureSecret(secret));
  changes->push_back({kMeta, std::string(kFormatVersionRow), std::to_string(FormatVersionFor(secret))});
  changes->push_back({kMeta, std::string(kErasureSecretRow), std::string(secret)});
}

const char* RowFamilyName(RowFamily family) { return kFamilyNames[static_cast<size_t>(family)]; }

Result<std::unique_ptr<StateRows>> OpenStateRows(const std::string& directory, StateAccess access,
                                                 const RepairAccess& repair) {
  if (access == StateAccess::kRepair && StateIsInUse(directory)) return StateInUseError(directory);
  auto rows = std::make_unique<RocksDbStateRows>(directory, access);
  LP_RETURN_IF_ERROR(rows->Open(repair));
  return std::unique_ptr<StateRows>(std::move(rows));
}

std::vector<ReadFault> CheckTableFiles(const std::string& directory) {
  std::vector<fs::path> paths = PathsIn(directory);
  std::ranges::sort(paths);
  std::vector<ReadFault> faults;
  for (const fs::path& path : paths) {
    if (path.extension() != ".sst") continue;
    if (std::optional<ReadFault> fault = CheckTableFile(path, "")) faults.push_back(std::move(*fault));
  }
  return faults;
}

}  // namespace leadpulse::state
