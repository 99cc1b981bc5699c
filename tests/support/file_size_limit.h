// Limit on the size of the files of this process while the object exists: a write that makes a file larger than `bytes`
// fails as on a full disk. The destructor restores the limit.
#pragma once

#include <signal.h>
#include <sys/resource.h>

#include "processor/base/assert.h"

namespace leadpulse::testing {

class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    LP_ASSERT(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    ::signal(SIGXFSZ, SIG_IGN);  // as the program does; it would end the process
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    LP_ASSERT(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  ~FileSizeLimit() { LP_ASSERT(::setrlimit(RLIMIT_FSIZE, &before_) == 0); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
};

}  // namespace leadpulse::testing
