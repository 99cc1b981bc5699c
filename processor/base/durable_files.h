// Durable files, and directories that appear under their name only when they are complete. Errors name the file and say
// what to do.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "processor/base/durability.h"
#include "processor/base/file_descriptor.h"
#include "processor/base/status.h"

namespace leadpulse {

// Writes a new file and makes it durable. The umask applies to `mode`.
Status WriteDurableFile(const std::string& path, std::string_view bytes, mode_t mode = 0666);
// Copies to a new file and makes it durable.
Status CopyDurably(const std::string& from, const std::string& to);
// Moves a file, or copies it to another file system; durable when it returns.
Status MoveDurably(const std::string& from, const std::string& to);

// Checks that the disk of `directory` has room for `bytes`; fatal if not. `what` begins the message: `the backup`.
// Another process may use the room afterwards.
Status CheckRoom(const std::string& directory, uint64_t bytes, const std::string& what);

// A directory that is filled beside its final path. Removed if it is destroyed before Publish. Used by one thread.
class UnfinishedDirectory {
 public:
  // Makes `<path>.unfinished`, readable by its owner only; one that a killed process left is emptied first. Rejected if
  // `path` exists and is not an empty directory, or if another process is making it.
  static Result<std::unique_ptr<UnfinishedDirectory>> Create(const std::string& path);
  ~UnfinishedDirectory();
  UnfinishedDirectory(const UnfinishedDirectory&) = delete;
  UnfinishedDirectory& operator=(const UnfinishedDirectory&) = delete;

  const std::string& path() const { return unfinished_; }
  // Gives the directory its final name, which survives a power cut. Its files must be durable.
  Status Publish();

 private:
  UnfinishedDirectory(std::string path, std::string unfinished, FileDescriptor locked)
      : path_(std::move(path)), unfinished_(std::move(unfinished)), locked_(std::move(locked)) {}

  const std::string path_;
  const std::string unfinished_;
  const FileDescriptor locked_;
  bool published_ = false;
};

// Checks that the path is free. Rejected if it exists and is not an empty directory; `what` begins the message.
Status CheckFree(const std::string& path, const std::string& what);

// Returns the name of a file in the directory for which `ours` is false; nullopt if there is no such file or no
// directory. Ignores `lost+found`, which file systems make. Rejected if the path is a file or cannot be read.
Result<std::optional<std::string>> FindOtherFile(const std::string& directory, bool (*ours)(const std::string& name));

}  // namespace leadpulse
