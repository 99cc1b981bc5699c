#include "processor/files/input/folder_watch.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "processor/files/input/input_format.h"

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
    modified_ns_.reset();  // the folder is gone; List reports it
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

std::optional<SeenFile> FollowedDisk::Look(const std::string& path) {
  struct stat now {};
  if (stat(path.c_str(), &now) != 0) return std::nullopt;
  constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
  return SeenFile{{now.st_dev, now.st_ino},
                  static_cast<uint64_t>(now.st_size),
                  now.st_mtim.tv_sec * kNanosecondsPerSecond + now.st_mtim.tv_nsec};
}

Result<std::vector<std::string>> FollowedDisk::List(const std::string& folder) {
  return InputsIn(folder, LinksToNothing::kSkip);
}

Result<std::vector<std::string>> InputsIn(const std::string& folder, LinksToNothing links) {
  std::vector<std::string> paths;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string path = entry->path().string();
    std::error_code unknown;  // opening the file reports what is wrong with it
    if (!InputFormatOf(path).ok() || entry->is_directory(unknown)) continue;
    const bool skip = links == LinksToNothing::kSkip;
    if (skip && entry->is_symlink(unknown) && !entry->exists(unknown)) continue;
    paths.push_back(path);
  }
  if (error) return Status::Fatal("the folder " + folder + " cannot be read: " + error.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace leadpulse::input
