#include "processor/base/other_files.h"

#include <filesystem>
#include <system_error>

namespace leadpulse {

Result<std::optional<std::string>> FindOtherFile(const std::string& directory, bool (*ours)(const std::string& name)) {
  std::error_code error;
  if (!std::filesystem::exists(directory, error) && !error) return std::optional<std::string>();
  if (!error && !std::filesystem::is_directory(directory, error)) {
    return Status::Rejected(directory + " is a file, not a directory. Give another name.");
  }
  for (std::filesystem::directory_iterator each(directory, error), end; !error && each != end; each.increment(error)) {
    std::string name = each->path().filename().string();
    if (name != "lost+found" && !ours(name)) return std::optional(std::move(name));
  }
  if (!error) return std::optional<std::string>();
  return Status::Rejected("the directory " + directory + " cannot be read: " + error.message() +
                          ". See to its permissions, or give another one.");
}

}  // namespace leadpulse
