#include "processor/base/file_modes.h"

#include <sys/stat.h>

namespace leadpulse {

void KeepOthersOut() {
  constexpr mode_t kNotForGroupToWriteNorForOthers = 027;
  const mode_t before = umask(kNotForGroupToWriteNorForOthers);
  umask(before | kNotForGroupToWriteNorForOthers);
}

}  // namespace leadpulse
