#include "processor/serve/access/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "processor/base/durability.h"
#include "processor/base/file_descriptor.h"
#include "processor/base/text.h"

namespace leadpulse::access {
namespace {

constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
constexpr size_t kMostBytes = 64 << 10;
constexpr size_t kMinSecretBytes = 16;

}  // namespace

Status CheckPrivateFile(const std::string& path, const std::string& advice) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return Status::Rejected(path + " cannot be found: " + advice);
  if (!S_ISREG(info.st_mode)) return Status::Rejected(path + " is no regular file: " + advice);
  if ((info.st_mode & kOthers) != 0) {
    return Status::Rejected("others than the owner have rights to " + path + ": type chmod 600 for it");
  }
  return Status::Ok();
}

Result<std::string> ReadPrivateFile(const std::string& path, const std::string& advice) {
  LP_RETURN_IF_ERROR(CheckPrivateFile(path, advice));
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.is_open()) return FileFailure(path, "opened");
  std::string text;
  std::array<char, 4096> part;
  while (text.size() < kMostBytes) {
    const ssize_t size = read(file.get(), part.data(), part.size());
    if (size < 0) return FileFailure(path, "read");
    if (size == 0) return text;
    text.append(part.data(), static_cast<size_t>(size));
  }
  return Status::Rejected(path + " is too large: " + advice);
}

Result<std::string> ReadSecretFile(const std::string& option, const std::string& path, const std::string& source) {
  LP_ASSIGN_OR_RETURN(const std::string text, ReadPrivateFile(path, Concat({option, " names ", source})));
  std::string secret(TrimAsciiSpace(text));
  if (secret.size() >= kMinSecretBytes) return secret;
  return Status::Rejected(
      Concat({option, " ", path, ": the secret is shorter than ", std::to_string(kMinSecretBytes),
              " bytes, and can be found by trying; take a longer one, as of `openssl rand -hex 32`"}));
}

}  // namespace leadpulse::access
