#include "state/rocksdb/rocksdb_compaction.h"

#include <errno.h>
#include <unistd.h>

#include <optional>

#include "processor/base/crash_point.h"
#include "processor/base/durable_files.h"
#include "state/rocksdb/rocksdb_database.h"
#include "state/rocksdb/rocksdb_own_rows.h"
#include "state/store/state_directory.h"

namespace leadpulse::state {
namespace {

// Bytes needed beside the new tables: log, manifest, and RocksDB's reserve.
constexpr uint64_t kRoomBesideTables = 64 << 20;

Status Open(const std::string& directory, RocksDbDatabase* database) {
  RocksDbOptions options;
  options.directory = directory;
  options.create_if_missing = false;
  LP_RETURN_IF_ERROR(database->Open(options));
  LP_ASSIGN_OR_RETURN(const std::optional<StateIdentity> identity, ReadStateIdentity(*database));
  return identity ? database->consistency().unreadable : MissingStateError(directory);
}

Status RewriteTables(const std::string& directory) {
  RocksDbDatabase database;
  LP_RETURN_IF_ERROR(Open(directory, &database));
  rocksdb::CompactRangeOptions all;
  all.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  for (const RowFamily family : kFamilies) {
    const rocksdb::Status status = database->CompactRange(all, database.family(family), nullptr, nullptr);
    if (!status.ok()) {
      database.Abandon();
      return Status::Fatal(database.state_name() + " cannot be compacted (" + status.ToString() +
                           "). See to it that its disk is well and has room, and do the same again.");
    }
    CrashPoint("compacting_state");
  }
  return Status::Ok();
}

}  // namespace

Result<CompactedState> CompactState(const std::string& directory) {
  LP_RETURN_IF_ERROR(PrepareStateDirectory(directory, /*create=*/false).status());
  if (StateIsInUse(directory)) return StateInUseError(directory);
  CompactedState done;
  done.bytes_before = BytesOfFiles(directory, /*with_tables=*/true);
  LP_RETURN_IF_ERROR(
      CheckRoom(directory, done.bytes_before + kRoomBesideTables, "to compact the state in " + directory));
  LP_RETURN_IF_ERROR(RewriteTables(directory));
  {
    // The new manifest lists only the new tables; the old one, with keys of removed tables, is deleted.
    RocksDbDatabase database;
    LP_RETURN_IF_ERROR(Open(directory, &database));
  }
  CrashPoint("compacting_state");
  // The LOG contains the ends of compacted ranges.
  for (const char* name : {"LOG", "LOG.old"}) {
    const std::string path = directory + "/" + name;
    if (unlink(path.c_str()) != 0 && errno != ENOENT) return FileFailure(path, "removed");
  }
  LP_RETURN_IF_ERROR(SyncDirectory(directory));
  done.bytes_after = BytesOfFiles(directory, /*with_tables=*/true);
  return done;
}

}  // namespace leadpulse::state
