// Files and directories made durable, and directories that appear under their name only once they are whole.
// Everything here changes the file system; errors are named and say what to do.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "processor/base/durability.h"
#include "processor/base/status.h"

namespace leadpulse {

// A new file, durable with its bytes. `mode` is less the umask.
Status WriteDurableFile(const std::string& path, std::string_view bytes, mode_t mode = 0666);
// `to` is a new file of its own, durable with its bytes.
Status CopyDurably(const std::string& from, const std::string& to);
// Moves a file, or copies it where it lies on another file system; durable after it.
Status MoveDurably(const std::string& from, const std::string& to);

// Fatal where the disk of `directory` has less room than `bytes`; `what` begins the message: `the backup`. Another
// process may take the room meanwhile.
Status CheckRoom(const std::string& directory, uint64_t bytes, const std::string& what);

// A directory being made beside the place where it is to be. Destroyed before Publish, it is removed. One thread.
class UnfinishedDirectory {
 public:
  // Makes `<path>.unfinished`, for its owner alone; one that a killed process left is emptied first. Rejected where
  // `path` is there and not an empty directory, or another process is making it.
  static Result<std::unique_ptr<UnfinishedDirectory>> Create(const std::string& path);
  ~UnfinishedDirectory();
  UnfinishedDirectory(const UnfinishedDirectory&) = delete;
  UnfinishedDirectory& operator=(const UnfinishedDirectory&) = delete;

  const std::string& path() const { return unfinished_; }
  // Its files must be durable. Afterwards the directory stands under its name, whole, also after a power cut.
  Status Publish();

 private:
  UnfinishedDirectory(std::string path, std::string unfinished, int descriptor);

  const std::string path_;
  const std::string unfinished_;
  const int descriptor_;  // locked
  bool published_ = false;
};

// Rejected where something is there already that is not an empty directory; `what` begins the message.
Status CheckFree(const std::string& path, const std::string& what);

}  // namespace leadpulse
