#include "processor/serve/access/link_keys.h"

#include <filesystem>
#include <sstream>
#include <utility>

#include "processor/base/durable_files.h"
#include "processor/base/file_modes.h"
#include "processor/serve/access/private_file.h"
#include "processor/serve/access/secrets.h"

namespace leadpulse::access {
namespace {

std::string FileIn(const std::string& directory) { return directory + "/link.keys"; }

// A key is found by a hash of it, because its line may move up when an earlier one is removed.
constexpr size_t kNameBytes = 4;
std::string NameOf(const std::string& key) { return HashOf("leadpulse link", key).substr(0, kNameBytes); }

std::string KeyOf(std::string_view purpose, const std::string& key) {
  return purpose.empty() ? key : KeyFor(purpose, key);
}

Status Replace(const std::string& path, const std::string& text) {
  const std::string unfinished = path + ".unfinished";
  std::error_code error;
  std::filesystem::remove(unfinished, error);
  LP_RETURN_IF_ERROR(WriteDurableFile(unfinished, text, kPrivateFile));
  std::filesystem::rename(unfinished, path, error);
  if (error) return Status::Fatal(path + " cannot be replaced: " + error.message());
  return SyncDirectory(DirectoryOf(path));
}

Result<std::vector<std::string>> ReadKeys(const std::string& path) {
  LP_ASSIGN_OR_RETURN(const std::string text, ReadPrivateFile(path, "restore it from a copy"));
  std::vector<std::string> keys;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::optional<std::string> key = FromBase64Url(line);
    if (!key || key->size() != kSecretBytes) {
      return Status::Rejected(path + ", line " + std::to_string(keys.size() + 1) +
                              " is no key: restore the file from a copy");
    }
    keys.push_back(std::move(*key));
  }
  if (keys.empty()) return Status::Rejected(path + " holds no key: restore it from a copy");
  return keys;
}

}  // namespace

Result<LinkKeys> LinkKeys::Open(const std::string& directory) {
  const std::string path = FileIn(directory);
  if (!std::filesystem::exists(path)) {
    LP_RETURN_IF_ERROR(Replace(path, Base64Url(RandomBytes(kSecretBytes)) + "\n"));
  }
  LP_ASSIGN_OR_RETURN(std::vector<std::string> keys, ReadKeys(path));
  return LinkKeys(std::move(keys));
}

Status LinkKeys::Rotate(const std::string& directory) {
  LP_ASSIGN_OR_RETURN(const LinkKeys present, Open(directory));
  std::string text;
  for (const std::string& key : present.keys_) text += Base64Url(key) + "\n";
  return Replace(FileIn(directory), text + Base64Url(RandomBytes(kSecretBytes)) + "\n");
}

std::string LinkKeys::Seal(std::string_view bytes, std::string_view purpose) const {
  const std::string& key = keys_.back();
  return Base64Url(NameOf(key) + (purpose.empty() ? SealBytes(bytes, key) : SealSame(bytes, KeyOf(purpose, key))));
}

std::optional<std::string> LinkKeys::Unseal(std::string_view text, std::string_view purpose) const {
  const std::optional<std::string> bytes = FromBase64Url(text);
  if (!bytes || bytes->size() < kNameBytes) return std::nullopt;
  for (const std::string& key : keys_) {
    if (!bytes->starts_with(NameOf(key))) continue;
    return UnsealBytes(std::string_view(*bytes).substr(kNameBytes), KeyOf(purpose, key));
  }
  return std::nullopt;
}

}  // namespace leadpulse::access
