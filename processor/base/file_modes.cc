#include "processor/base/file_modes.h"

#include <sys/stat.h>

namespace leadpulse {

void KeepOthersOut() {
  constexpr mode_t kNotForGroupToWriteNorForOthers = 027;
  const mode_t before = umask(kNotForGroupToWriteNorForOthers);
  umask(before | kNotForGroupToWriteNorForOthers);
}

bool GivesRights(const std::string& path, mode_t rights) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && (info.st_mode & rights) != 0;
}

}  // namespace leadpulse
