#include "state/rocksdb/rocksdb_wal.h"

#include <fcntl.h>
#include <rocksdb/file_checksum.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

#include "processor/base/durability.h"
#include "processor/base/file_descriptor.h"
#include "processor/base/text.h"
#include "state/store/state_directory.h"

namespace leadpulse::state {
namespace {

namespace fs = std::filesystem;

// A file is a sequence of blocks; a record that is longer than the rest of its block continues in the next one. After
// its last record a block has fewer bytes left than a header, all zero.
constexpr size_t kBlockBytes = 32 << 10;
constexpr size_t kHeaderBytes = 7;  // checksum u32, length u16, type u8; little endian
enum RecordType : uint8_t { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };
// A record is a WriteBatch: it begins with its sequence number u64 and the count of its rows u32.
constexpr size_t kBatchHeaderBytes = 12;

uint64_t LittleEndian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

// Returns the checksum as it is stored: rotated and with a constant added, because a record may contain records.
uint32_t MaskedChecksum(std::string_view bytes) {
  constexpr uint32_t kMaskDelta = 0xa282ead8;
  std::unique_ptr<rocksdb::FileChecksumGenerator> generator =
      rocksdb::GetFileChecksumGenCrc32cFactory()->CreateFileChecksumGenerator({});
  generator->Update(bytes.data(), bytes.size());
  generator->Finalize();
  std::string digest = generator->GetChecksum();  // big endian
  std::ranges::reverse(digest);
  const auto checksum = static_cast<uint32_t>(LittleEndian(digest));
  return (checksum >> 15 | checksum << 17) + kMaskDelta;
}

struct Fragment {
  RecordType type = kFull;
  std::string_view bytes;
};

// Returns the fragment of a record at the beginning of `rest`, which ends with the block; nullopt if it cannot be read.
std::optional<Fragment> ReadFragment(std::string_view rest) {
  const auto type = static_cast<uint8_t>(rest[6]);
  const size_t length = LittleEndian(rest.substr(4, 2));
  if (type < kFull || type > kLast || kHeaderBytes + length > rest.size()) return std::nullopt;
  if (MaskedChecksum(rest.substr(6, 1 + length)) != LittleEndian(rest.substr(0, 4))) return std::nullopt;
  return Fragment{static_cast<RecordType>(type), rest.substr(kHeaderBytes, length)};
}

bool IsZero(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char byte) { return byte == '\0'; });
}

// Returns how many bytes to skip to the next position where a fragment may begin. It may be any, because the length may
// be damaged. A type is not zero.
size_t BytesToSkip(std::string_view rest) {
  constexpr size_t kTypeAt = kHeaderBytes - 1;
  const size_t zeros = std::min(rest.find_first_not_of('\0'), rest.size());
  return zeros == rest.size() ? zeros : std::max(zeros, kTypeAt + 1) - kTypeAt;
}

// The scan of one file's blocks.
class FileScan {
 public:
  // Reads a block. `last`: no other block follows.
  void AddBlock(std::string_view block, bool last) {
    if (torn_by_zeros_ && !IsZero(block)) torn_by_zeros_ = false;
    size_t at = 0;
    while (block.size() - at >= kHeaderBytes) {
      const std::string_view rest = block.substr(at);
      const std::optional<Fragment> fragment = ReadFragment(rest);
      const uint64_t offset = offset_ + at;
      if (!fragment) {
        if (!bad_at_) FindBad(rest, offset, last);
        in_record_ = false;
        at += BytesToSkip(rest);
        continue;
      }
      at += kHeaderBytes + fragment->bytes.size();
      AddFragment(*fragment, offset);
    }
    if (last && at < block.size() && !bad_at_) {
      bad_at_ = in_record_ ? record_at_ : offset_ + at;  // a header cut short
      cut_short_ = true;
      in_record_ = false;
    }
    offset_ += block.size();
  }

  void End() {
    if (!in_record_ || bad_at_) return;
    bad_at_ = record_at_;
    cut_short_ = true;
  }

  WalCondition condition() const {
    if (!bad_at_) return WalCondition::kWhole;
    if (whole_behind_) return WalCondition::kDamaged;
    return cut_short_ || torn_by_zeros_ ? WalCondition::kTorn : WalCondition::kUnreadableEnd;
  }
  uint64_t bytes() const { return offset_; }
  uint64_t whole_bytes() const { return bad_at_.value_or(offset_); }
  uint64_t last_sequence() const { return last_sequence_; }

 private:
  void FindBad(std::string_view rest, uint64_t offset, bool last) {
    bad_at_ = in_record_ ? record_at_ : offset;
    cut_short_ = last && !IsZero(rest) && kHeaderBytes + LittleEndian(rest.substr(4, 2)) > rest.size();
    torn_by_zeros_ = IsZero(rest);
  }

  void AddFragment(const Fragment& fragment, uint64_t begin) {
    const bool begins = fragment.type == kFull || fragment.type == kFirst;
    // The end of the previous record or the beginning of this one is missing.
    if (begins == in_record_ && !bad_at_) bad_at_ = in_record_ ? record_at_ : begin;
    if (begins) {
      record_at_ = begin;
      head_.clear();
    } else if (!in_record_) {
      return;
    }
    head_ += fragment.bytes.substr(0, kBatchHeaderBytes - std::min(head_.size(), kBatchHeaderBytes));
    in_record_ = fragment.type == kFirst || fragment.type == kMiddle;
    if (in_record_ || head_.size() < kBatchHeaderBytes) return;
    // Recovery starts a new file with an empty batch, which has the sequence number of the next commit.
    const bool empty = LittleEndian(std::string_view(head_).substr(8, 4)) == 0;
    if (empty) return;
    last_sequence_ = std::max(last_sequence_, LittleEndian(std::string_view(head_).substr(0, 8)));
    whole_behind_ = bad_at_.has_value();
  }

  uint64_t offset_ = 0;  // where the block begins in the file
  bool in_record_ = false;
  uint64_t record_at_ = 0;
  std::string head_;  // the first bytes of the record
  uint64_t last_sequence_ = 0;
  std::optional<uint64_t> bad_at_;  // where the first record begins that cannot be read
  bool cut_short_ = false;          // by the end of the file
  bool torn_by_zeros_ = false;      // only zeros follow, to the end of the file
  bool whole_behind_ = false;
};

std::optional<uint64_t> LogNumberOf(const fs::path& path) {
  return path.extension() == ".log" ? ParseInteger<uint64_t>(path.stem().string()) : std::nullopt;
}

}  // namespace

WalScan::WalScan(const std::string& directory) : files_(FilesIn(directory)) {
  for (LogFile& file : files_) file = Scan(file.number, file.path);
}

std::vector<WalScan::LogFile> WalScan::FilesIn(const std::string& directory) {
  std::vector<LogFile> files;
  for (const fs::path& file : PathsIn(directory)) {
    const std::optional<uint64_t> number = LogNumberOf(file);
    if (number) files.push_back({.number = *number, .path = file.string()});
  }
  std::ranges::sort(files, {}, &LogFile::number);
  return files;
}

WalScan::LogFile WalScan::Scan(uint64_t number, const std::string& path) {
  FileScan scan;
  std::ifstream file(path, std::ios::binary);
  std::array<std::array<char, kBlockBytes>, 2> blocks;  // one is read ahead, to know which is the last
  const auto read = [&file](std::array<char, kBlockBytes>* block) {
    file.read(block->data(), kBlockBytes);
    return std::string_view(block->data(), static_cast<size_t>(file.gcount()));
  };
  std::string_view block = read(&blocks[0]);
  for (size_t next = 1; !block.empty(); next = 1 - next) {
    const std::string_view ahead = read(&blocks[next]);
    scan.AddBlock(block, ahead.empty());
    block = ahead;
  }
  if (file.bad()) return {number, path};
  scan.End();
  return {number, path, scan.bytes(), scan.whole_bytes(), scan.condition(), scan.last_sequence()};
}

WalFinding WalScan::Judge(uint64_t first_needed, uint64_t last_sequence) const {
  WalFinding found;
  for (const LogFile& file : files_) {
    if (file.number < first_needed || file.bytes == 0) continue;
    const bool replayed = file.last_sequence <= last_sequence;
    const bool first_fault = found.condition == WalCondition::kWhole;
    // A replayed file continues after the previous one, whatever its end was.
    if (replayed || first_fault) found = {file.end, file.path, file.whole_bytes};
    if (!replayed && first_fault && file.end == WalCondition::kWhole) found.offset = 0;  // all of it
    if (!replayed) found.condition = WalCondition::kDamaged;
    if (found.condition == WalCondition::kDamaged) break;
  }
  return found.condition == WalCondition::kWhole ? WalFinding() : Measured(found);
}

WalFinding WalScan::WithoutDatabase() const {
  for (const LogFile& file : files_) {
    if (file.end != WalCondition::kWhole) return Measured({WalCondition::kDamaged, file.path, file.whole_bytes});
  }
  return {};
}

WalFinding WalScan::Measured(WalFinding found) const {
  bool behind = false;
  for (const LogFile& file : files_) {
    const bool begins = file.path == found.file;
    if (begins || behind) found.later_bytes += begins ? file.bytes - found.offset : file.bytes;
    behind = behind || begins;
  }
  return found;
}

Status WalScan::CutOff(const std::string& directory, const WalFinding& finding) {
  std::vector<LogFile> files = FilesIn(directory);
  // Starts with the last file, so that a kill leaves no later commit after a gap.
  while (!files.empty() && files.back().path != finding.file) {
    if (unlink(files.back().path.c_str()) != 0) return FileFailure(files.back().path, "removed");
    files.pop_back();
  }
  LP_RETURN_IF_ERROR(SyncDirectory(directory));
  const FileDescriptor file(open(finding.file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.is_open()) return FileFailure(finding.file, "opened");
  const bool cut = ftruncate(file.get(), static_cast<off_t>(finding.offset)) == 0 && fsync(file.get()) == 0;
  return cut ? Status::Ok() : FileFailure(finding.file, "cut off");
}

}  // namespace leadpulse::state
