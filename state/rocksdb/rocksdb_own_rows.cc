#include "state/rocksdb/rocksdb_own_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <cstdlib>
#include <cstring>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "processor/base/assert.h"
#include "processor/base/open_files.h"
#include "processor/base/text.h"
#include "state/rocksdb/rocksdb_database.h"
#include "state/store/store_keys.h"

namespace leadpulse::state {
namespace {

// Returns nullopt unless the text is a positive decimal number.
std::optional<uint32_t> ParseCount(const std::string& text) {
  const auto count = ParseInteger<uint32_t>(text);
  return count != 0U ? count : std::nullopt;
}

// Whether this program reads states of this format version.
bool IsReadableFormat(const std::string& version) {
  const std::optional<uint32_t> number = ParseCount(version);
  return number && *number <= kStateFormatVersion;
}

// Returns the key of the row with the number of the last commit.
std::string_view CommitRowOf(RowFamily family) { return family == kMeta ? kCommitRow : kCommitRowBehindPartitions; }

// Returns the number written by CommitRows; without a row there was no commit.
std::optional<uint64_t> CommitNumber(const std::optional<std::string>& row) {
  return row ? ParseInteger<uint64_t>(*row) : 0;
}

// Returns the name of the manifest in use; empty if none.
std::string CurrentName(const std::string& directory) {
  std::ifstream file(directory + "/CURRENT");
  std::string name;
  std::getline(file, name);
  return name;
}

uint64_t LengthOf(int descriptor) {
  struct stat info {};
  return fstat(descriptor, &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

// Returns the hash of the first bytes of a file; nullopt if it is shorter (errno is 0) or cannot be read (errno is
// set).
std::optional<uint64_t> HashOfFirst(int descriptor, uint64_t bytes) {
  struct stat info {};
  if (fstat(descriptor, &info) != 0) return std::nullopt;
  errno = 0;
  if (static_cast<uint64_t>(info.st_size) < bytes) return std::nullopt;
  std::string content(bytes, '\0');
  for (uint64_t done = 0; done < bytes;) {
    ssize_t got = pread(descriptor, content.data() + done, bytes - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) errno = 0;
    if (got <= 0) return std::nullopt;
    done += static_cast<uint64_t>(got);
  }
  return XXH3_64bits(content.data(), content.size());
}

std::string EncodeManifest(const std::string& name, uint64_t bytes, uint64_t hash) {
  return absl::StrCat(name, " ", bytes, " ", absl::Hex(hash, absl::kZeroPad16));
}

}  // namespace

uint32_t FormatVersionFor(std::string_view erasure_secret) {
  return erasure_secret.size() == kErasureKeyBytes ? kOneErasureKeyVersion : kStateFormatVersion;
}

Result<std::optional<StateIdentity>> ReadStateIdentity(const RocksDbDatabase& database) {
  // Checked first: a newer format may have changed everything else.
  LP_ASSIGN_OR_RETURN(std::optional<std::string> version, database.Read(kMeta, kFormatVersionRow));
  if (!version) return std::optional<StateIdentity>();
  if (!IsReadableFormat(*version)) {
    return Status::Rejected(database.state_name() + " has format version " + *version + "; this program reads up to " +
                            std::to_string(kStateFormatVersion) + ". Run the program that wrote it, or build the " +
                            "state again from its input in a new --state directory.");
  }
  LP_ASSIGN_OR_RETURN(std::optional<std::string> count, database.Read(kMeta, kPartitionCountRow));
  LP_ASSIGN_OR_RETURN(std::optional<std::string> secret, database.Read(kMeta, kErasureSecretRow));
  std::optional<uint32_t> partitions = count ? ParseCount(*count) : std::nullopt;
  if (!partitions || !secret || !IsErasureSecret(*secret)) {
    return database.ReadError(rocksdb::Status::Corruption("partition count or erasure secret"));
  }
  return std::optional(StateIdentity{*ParseCount(*version), *partitions, std::move(*secret)});
}

Status RaiseFormatVersion(const RocksDbDatabase& database, const StateIdentity& identity) {
  const uint32_t version = FormatVersionFor(identity.erasure_secret);
  if (identity.format_version == version) return Status::Ok();
  rocksdb::WriteBatch batch;
  rocksdb::Status status = batch.Put(database.family(kMeta), ToSlice(kFormatVersionRow), std::to_string(version));
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

Result<std::string> CommitRows::RecordManifest() {
  std::string name = CurrentName(directory_);
  std::string path = directory_ + "/" + (name.empty() ? "CURRENT" : name);
  const FileDescriptor file(name.empty() ? -1 : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  bool readable = file.is_open() && fstat(file.get(), &info) == 0;
  auto bytes = static_cast<uint64_t>(info.st_size);
  if (readable && (name != name_ || bytes != bytes_)) {
    std::optional<uint64_t> hash = HashOfFirst(file.get(), bytes);
    readable = hash.has_value() && fsync(file.get()) == 0;
    if (readable) record_ = EncodeManifest(name, bytes, *hash);
  }
  if (!readable) {
    const int error = errno;
    return Status::Fatal("the file " + path + " of the state cannot be read and made durable (" + strerror(error) +
                         "). Start again once the cause is gone: it goes on from the last commit." +
                         OpenFileAdvice(error));
  }
  name_ = name;
  bytes_ = bytes;
  return record_;
}

OldManifest::OldManifest(const std::string& directory) : name_(CurrentName(directory)) {
  if (!name_.empty()) file_ = FileDescriptor(open((directory + "/" + name_).c_str(), O_RDONLY | O_CLOEXEC));
  if (file_.is_open()) bytes_ = LengthOf(file_.get());
}

bool OldManifest::IsAsItWas(const std::string& directory) const {
  return CurrentName(directory) == name_ && (!file_.is_open() || LengthOf(file_.get()) == bytes_);
}

Status OldManifest::Check(std::string_view record) const {
  if (!file_.is_open() || !record.starts_with(name_ + " ")) return Status::Ok();
  uint64_t bytes = std::strtoull(std::string(record.substr(name_.size() + 1)).c_str(), nullptr, 10);
  std::optional<uint64_t> hash = HashOfFirst(file_.get(), bytes);
  if (hash.has_value() && EncodeManifest(name_, bytes, *hash) == record) return Status::Ok();
  return Status::Fatal("file " + name_ + " does not begin with the " + std::to_string(bytes) +
                       " bytes that the last commit found there");
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
  LP_ASSIGN_OR_RETURN(std::string manifest, RecordManifest());
  rocksdb::Status added = batch->Put(database.family(kMeta), ToSlice(kManifestRow), manifest);
  ++number_;
  for (const RowFamily family : kFamilies) {
    if (added.ok()) added = batch->Put(database.family(family), ToSlice(CommitRowOf(family)), std::to_string(number_));
  }
  LP_ASSERT(added.ok());  // a WriteBatch without a size limit accepts every row
  return Status::Ok();
}

}  // namespace leadpulse::state
