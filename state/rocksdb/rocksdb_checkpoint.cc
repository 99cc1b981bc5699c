#include "state/rocksdb/rocksdb_checkpoint.h"

#include <rocksdb/utilities/checkpoint.h>

#include <filesystem>
#include <limits>
#include <memory>
#include <system_error>

#include "processor/base/durable_files.h"

namespace leadpulse::state {
namespace {

namespace fs = std::filesystem;

// The log is copied instead of flushing the memory tables, so that an error affects the copy, not the database.
constexpr uint64_t kNeverFlush = std::numeric_limits<uint64_t>::max();
// Room for commits and compactions while the copy exists.
constexpr uint64_t kRoomForOthers = 64 << 20;

}  // namespace

uint64_t BytesOfFiles(const std::string& directory, bool with_tables) {
  uint64_t bytes = 0;
  std::error_code error;
  for (fs::directory_iterator file(directory, error), end; !error && file != end; file.increment(error)) {
    std::error_code gone;
    if ((!with_tables && file->path().extension() == ".sst") || !file->is_regular_file(gone)) continue;
    const uintmax_t size = file->file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

Status MakeRocksDbCheckpoint(const RocksDbDatabase& database, const std::string& directory, const std::string& target) {
  // The tables are shared.
  const uint64_t bytes = BytesOfFiles(directory, /*with_tables=*/false) + kRoomForOthers;
  LP_RETURN_IF_ERROR(CheckRoom(directory, bytes, "a copy of " + StateIn(directory)));
  rocksdb::Checkpoint* made = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(database.get(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  if (status.ok()) status = checkpoint->CreateCheckpoint(target, kNeverFlush);
  if (status.ok()) return Status::Ok();
  return Status::Fatal(StateIn(directory) + " cannot be copied to " + target + " (" + status.ToString() +
                       "). See that there is room and that the directory can be written.");
}

}  // namespace leadpulse::state
