#include "state/state_directory.h"

#include <filesystem>
#include <system_error>

namespace leadpulse::state {
namespace {

namespace fs = std::filesystem;

// A log or table file: there was a database here, whatever else is missing now. A manifest alone is what a kill
// leaves that came while the database was being made.
bool HoldsDatabaseFiles(const std::string& directory) {
  std::error_code error;
  for (fs::directory_iterator file(directory, error), end; !error && file != end; file.increment(error)) {
    std::string stem = file->path().stem().string();
    std::string extension = file->path().extension().string();
    bool numbered = !stem.empty() && stem.find_first_not_of("0123456789") == std::string::npos;
    if (numbered && (extension == ".log" || extension == ".sst")) return true;
  }
  return false;
}

}  // namespace

Result<StateDirectory> PrepareStateDirectory(const std::string& directory, bool create) {
  std::error_code error;
  if (fs::exists(fs::path(directory) / "CURRENT", error)) return StateDirectory::kHoldsState;
  if (HoldsDatabaseFiles(directory)) {
    return Status::Fatal("the state in " + directory + " is damaged: its file CURRENT is missing. Restore it from a " +
                         "copy, or build it anew from its input in a new --state directory.");
  }
  if (!create) return MissingStateError(directory);
  fs::create_directories(directory, error);
  if (error) return Status::Fatal("the directory " + directory + " cannot be made: " + error.message() + ".");
  return StateDirectory::kFree;
}

Status MissingStateError(const std::string& directory) {
  return Status::Rejected("there is no state in " + directory +
                          ". Check the path; `leadpulse run --state` makes a new one.");
}

}  // namespace leadpulse::state
