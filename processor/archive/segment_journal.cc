#include "processor/archive/segment_journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "processor/base/assert.h"
#include "processor/base/crash_point.h"
#include "processor/base/durability.h"
#include "processor/files/input/prefix_hash.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::archive {
namespace {

// Readable by this user and group only, because leads' activity is confidential.
constexpr mode_t kMode = 0640;

// Header of each entry, in the machine's byte order: an open journal is not moved between machines.
struct EntryHeader {
  uint64_t bytes = 0;
  uint64_t checksum = 0;
};

uint64_t ChecksumOf(std::string_view bytes) {
  input::PrefixHash hash;
  hash.Update(bytes);
  return hash.Digest().low;
}

using File = std::unique_ptr<FILE, int (*)(FILE*)>;

enum class Found { kEntry, kPart, kDamaged };

Result<Found> ReadEntry(FILE* file, const std::string& path, uint64_t left, std::string* bytes) {
  EntryHeader head;
  if (left < sizeof head) return Found::kPart;
  if (fread(&head, sizeof head, 1, file) != 1) return FileFailure(path, "read");
  if (head.bytes > left - sizeof head) return Found::kPart;
  bytes->resize(head.bytes);
  if (head.bytes > 0 && fread(bytes->data(), head.bytes, 1, file) != 1) return FileFailure(path, "read");
  return ChecksumOf(*bytes) == head.checksum ? Found::kEntry : Found::kDamaged;
}

}  // namespace

Result<JournalExtent> ReadJournal(const std::string& path, const VisitEntry& visit) {
  const File file(fopen(path.c_str(), "rbe"), &fclose);
  if (file == nullptr && errno == ENOENT) return Status::Retriable(path + " is not there any more");
  if (file == nullptr) return FileFailure(path, "opened");
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(path, error);
  if (error) return Status::Fatal(path + " cannot be read: " + error.message());
  JournalExtent extent;
  std::string bytes;
  v1::ArchiveEntry entry;
  while (true) {
    LP_ASSIGN_OR_RETURN(const Found found, ReadEntry(file.get(), path, size - extent.whole, &bytes));
    extent.damaged = found == Found::kDamaged;
    if (found != Found::kEntry || !entry.ParseFromString(bytes)) break;
    LP_RETURN_IF_ERROR(visit(entry));
    extent.whole += sizeof(EntryHeader) + bytes.size();
  }
  extent.behind = size - extent.whole;
  return extent;
}

Result<std::unique_ptr<SegmentJournal>> SegmentJournal::Open(const std::string& path, const VisitEntry& visit) {
  FileDescriptor file(open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kMode));
  if (!file.is_open()) return FileFailure(path, "opened");
  std::unique_ptr<SegmentJournal> journal(new SegmentJournal(path, std::move(file)));
  LP_RETURN_IF_ERROR(SyncDirectory(DirectoryOf(path)));
  LP_ASSIGN_OR_RETURN(const JournalExtent extent, ReadJournal(path, visit));
  journal->bytes_ = extent.whole;
  if (extent.behind > 0) {
    telemetry::LogInfo(path + ": cuts off " + std::to_string(extent.behind) +
                       " bytes of an entry that was not written to its end; they are read again");
    if (ftruncate(journal->file_.get(), static_cast<off_t>(extent.whole)) != 0) return FileFailure(path, "cut back");
    LP_RETURN_IF_ERROR(journal->Sync());
  }
  return journal;
}

Status SegmentJournal::Append(const v1::ArchiveEntry& entry) {
  std::string bytes(sizeof(EntryHeader), '\0');
  LP_ASSERT(entry.AppendToString(&bytes));
  const std::string_view body = std::string_view(bytes).substr(sizeof(EntryHeader));
  const EntryHeader head{body.size(), ChecksumOf(body)};
  std::memcpy(bytes.data(), &head, sizeof head);
  LP_RETURN_IF_ERROR(WriteAll(file_.get(), bytes, path_));
  bytes_ += bytes.size();
  CrashPoint("archive_written");
  return Status::Ok();
}

Status SegmentJournal::Sync() {
  return fdatasync(file_.get()) == 0 ? Status::Ok() : FileFailure(path_, "made durable");
}

}  // namespace leadpulse::archive
