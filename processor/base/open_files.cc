#include "processor/base/open_files.h"

#include <errno.h>
#include <sys/resource.h>

namespace leadpulse {

void RaiseOpenFileLimit() {
  struct rlimit limit {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  // If this fails, the process continues with its old limit.
  static_cast<void>(setrlimit(RLIMIT_NOFILE, &limit));
}

uint64_t OpenFileLimit() {
  struct rlimit limit {};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

std::string OpenFileAdvice(int error) {
  if (error == ENFILE) return " The system has too many files open: raise fs.file-max.";
  if (error != EMFILE) return "";
  return " The process may have " + std::to_string(OpenFileLimit()) +
         " files open: raise the hard limit (ulimit -Hn, or LimitNOFILE= of a systemd unit).";
}

}  // namespace leadpulse
