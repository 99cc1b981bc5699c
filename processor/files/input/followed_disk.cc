#include "processor/files/input/followed_disk.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "processor/files/input/input_format.h"

namespace leadpulse::input {

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
