#include "processor/files/input/folder_watch.h"

#include <utility>

#include "processor/base/assign_or_return.h"

namespace leadpulse::input {
namespace {

// The coarsest times that a file system keeps (FAT): a later change within it may leave the folder's time as it is.
constexpr std::chrono::seconds kTimeGranularity{2};
// For file systems that keep no time of a folder's change.
constexpr std::chrono::seconds kListAnyway{10};

}  // namespace

bool FolderWatch::NamesMayHaveChanged(Time now) {
  const std::optional<SeenFile> seen = disk_->Look(path_);
  if (!seen.has_value() || modified_ns_ != seen->modified_ns) {
    changed_at_ = now;
    modified_ns_.reset();  // of a folder that is gone; List reports it
    if (seen.has_value()) modified_ns_ = seen->modified_ns;
    return true;
  }
  return now - changed_at_ < kTimeGranularity || now - listed_at_ >= kListAnyway;
}

Result<std::vector<std::string>> FolderWatch::NewFiles(Time now) {
  if (!NamesMayHaveChanged(now)) return std::vector<std::string>();
  listed_at_ = now;
  LP_ASSIGN_OR_RETURN(std::vector<std::string> listed, disk_->List(path_));
  std::vector<std::string> found;
  for (std::string& path : listed) {
    if (known_.insert(path).second) found.push_back(std::move(path));
  }
  return found;
}

}  // namespace leadpulse::input
