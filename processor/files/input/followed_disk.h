// What following asks of the file system. Tests stand in for it to count and to answer.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "processor/base/status.h"

namespace leadpulse::input {

struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  friend bool operator==(const FileId&, const FileId&) = default;
};

// A file or folder as it was at one moment.
struct SeenFile {
  FileId id;
  uint64_t size = 0;
  int64_t modified_ns = 0;  // since the epoch, by the file system's clock; of a folder, when names in it last changed
};

// Called by one thread at a time.
class FollowedDisk {
 public:
  virtual ~FollowedDisk() = default;
  // Nothing: there is no such file, or it cannot be looked at.
  virtual std::optional<SeenFile> Look(const std::string& path);
  // The paths of the inputs in a folder, see InputsIn.
  virtual Result<std::vector<std::string>> List(const std::string& folder);
};

// What a link without a file behind it is: where files come and go, nothing yet; else an input that opening reports.
enum class LinksToNothing { kSkip, kList };

// The files in `folder` that a run can read by their names, in the order of these. Folders in it are skipped. Fatal: it
// cannot be read.
Result<std::vector<std::string>> InputsIn(const std::string& folder, LinksToNothing links);

}  // namespace leadpulse::input
