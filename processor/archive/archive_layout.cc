#include "processor/archive/archive_layout.h"

#include <absl/strings/str_cat.h>
#include <google/protobuf/util/json_util.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/durability.h"
#include "processor/base/durable_files.h"
#include "processor/base/text.h"
#include "processor/files/input/prefix_hash.h"

namespace leadpulse::archive {
namespace {

namespace fs = std::filesystem;
namespace json = google::protobuf::util;

constexpr size_t kLeastDigits = 6;  // absl::kZeroPad6 writes at least six
constexpr size_t kChunk = 1 << 20;
using File = std::unique_ptr<FILE, int (*)(FILE*)>;

// Returns the number before the first dot; nullopt if the file does not belong to an archive.
std::optional<uint64_t> NumberOf(std::string_view name) {
  const std::string_view digits = name.substr(0, name.find('.'));
  return digits.size() >= kLeastDigits ? ParseInteger<uint64_t>(digits) : std::nullopt;
}

void Sort(const fs::path& path, const std::string& within, ArchiveListing* listing) {
  const std::string name = path.filename().string();
  const std::optional<uint64_t> number = NumberOf(name);
  if (!number) return;
  if (name.ends_with(kUnfinishedEnding)) {
    listing->unfinished.push_back(path.string());
  } else if (name.ends_with(kManifestEnding)) {
    listing->manifests[*number] = path.string();
  } else if (name.ends_with(kJournalEnding)) {
    listing->journals[*number] = path.string();
  } else {
    listing->files.insert(within + name);
  }
}

Status ListFolder(const std::string& folder, const std::string& within, ArchiveListing* listing) {
  std::error_code error;
  for (fs::directory_iterator each(folder, error), end; !error && each != end; each.increment(error)) {
    if (each->is_regular_file(error)) Sort(each->path(), within, listing);
  }
  return error ? Status::Fatal("folder " + folder + " cannot be read: " + error.message()) : Status::Ok();
}

std::string Hexadecimal(const input::Hash128& hash) {
  return absl::StrCat(absl::Hex(hash.high, absl::kZeroPad16), absl::Hex(hash.low, absl::kZeroPad16));
}

Result<File> OpenToRead(const std::string& path) {
  File file(fopen(path.c_str(), "rbe"), &fclose);
  if (file != nullptr) return Result<File>(std::move(file));
  return errno == ENOENT ? Status::Retriable(path + " is not there") : FileFailure(path, "opened");
}

Status ForEachChunk(const std::string& path, const std::function<void(std::string_view)>& take) {
  LP_ASSIGN_OR_RETURN(const File file, OpenToRead(path));
  std::string chunk(kChunk, '\0');
  while (const size_t got = fread(chunk.data(), 1, chunk.size(), file.get())) take({chunk.data(), got});
  return ferror(file.get()) != 0 ? FileFailure(path, "read") : Status::Ok();
}

}  // namespace

std::string SegmentName(uint64_t number) { return absl::StrCat(absl::Dec(number, absl::kZeroPad6)); }

Result<ArchiveListing> ListArchive(const std::string& folder) {
  ArchiveListing listing;
  LP_RETURN_IF_ERROR(ListFolder(folder, "", &listing));
  const std::string aside = folder + "/" + kQuarantineFolder;
  std::error_code error;
  if (fs::is_directory(aside, error)) {
    LP_RETURN_IF_ERROR(ListFolder(aside, std::string(kQuarantineFolder) + "/", &listing));
  }
  return listing;
}

Result<v1::ArchiveManifest> ReadManifest(const std::string& path, uint64_t segment) {
  std::string text;
  LP_RETURN_IF_ERROR(ForEachChunk(path, [&](std::string_view chunk) { text.append(chunk); }));
  v1::ArchiveManifest manifest;
  const auto parsed = json::JsonStringToMessage(text, &manifest);
  if (parsed.ok() && manifest.segment() == segment) return manifest;
  const std::string why =
      parsed.ok() ? "it is that of segment " + std::to_string(manifest.segment()) : "it cannot be read as a manifest";
  return Status::Rejected(path + " is damaged: " + why + ". Put back the archive's copy of it");
}

Status WriteManifest(const std::string& path, const v1::ArchiveManifest& manifest) {
  json::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string text;
  LP_ASSERT(json::MessageToJsonString(manifest, &text, options).ok());
  const std::string unfinished = path + kUnfinishedEnding;
  LP_RETURN_IF_ERROR(WriteDurableFile(unfinished, text));
  LP_RETURN_IF_ERROR(MoveDurably(unfinished, path));
  return SyncDirectory(DirectoryOf(path));
}

Result<FileDigest> DigestFile(const std::string& path) {
  FileDigest digest;
  input::PrefixHash hash;
  const Status status = ForEachChunk(path, [&](std::string_view chunk) {
    hash.Update(chunk);
    digest.bytes += chunk.size();
  });
  if (!status.ok()) return status;
  digest.hash = Hexadecimal(hash.Digest());
  return digest;
}

}  // namespace leadpulse::archive
