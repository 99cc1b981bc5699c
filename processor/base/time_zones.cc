#include "processor/base/time_zones.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "processor/base/text.h"

namespace leadpulse {
namespace {

// Whether it looks like a name of the IANA database: `America/Argentina/Buenos_Aires`, `Etc/GMT+5`. The loader also
// knows fixed offsets, and the file system also has the machine's own zone, copies with leap seconds and more.
bool HasZoneNameForm(std::string_view name) {
  if (name.empty() || name.size() > 64 || name.front() == '/' || !IsAlphanumeric(name, "_+-/")) return false;
  if (name == "localtime" || name == "posixrules" || name == "UTC0") return false;
  for (std::string_view folder : {"Fixed/", "posix/", "right/", "SystemV/"}) {
    if (name.starts_with(folder)) return false;
  }
  return true;
}

// Whether the database has a file of that name. The loader keeps each name that it was asked for, so it is not asked
// for any text that somebody sends.
bool HasZoneFile(const std::string& name) {
  static const char* const other_folder = std::getenv("TZDIR");  // the loader looks there, too
  static const std::string folder = other_folder != nullptr ? other_folder : "/usr/share/zoneinfo";
  return ::access((folder + "/" + name).c_str(), R_OK) == 0;
}

}  // namespace

std::optional<absl::TimeZone> LoadTimeZone(const std::string& name) {
  if (name == "UTC") return absl::UTCTimeZone();
  absl::TimeZone zone;
  const bool is_there = HasZoneNameForm(name) && HasZoneFile(name) && absl::LoadTimeZone(name, &zone);
  return is_there ? std::optional(zone) : std::nullopt;
}

}  // namespace leadpulse
