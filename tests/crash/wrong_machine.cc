// Preloaded into a program: a machine whose disk is nearly full, or whose clock is wrong.
//
//   LEADPULSE_WRONG_DISK_ROOM=BYTES      what each disk says to have free
//   LEADPULSE_WRONG_CLOCK_SECONDS=N      how far the wall clock is ahead; below 0: behind
//
// Each function calls the C library and changes its answer. Other clocks stay right: waits take as long as before.
#include <dlfcn.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

namespace {

long SettingOf(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? 0 : std::strtol(value, nullptr, 10);
}

}  // namespace

extern "C" {

int statvfs(const char* path, struct statvfs* disk) {
  using Call = int (*)(const char*, struct statvfs*);
  static const auto call = reinterpret_cast<Call>(dlsym(RTLD_NEXT, "statvfs"));
  const int result = call(path, disk);
  const char* room = std::getenv("LEADPULSE_WRONG_DISK_ROOM");
  if (result == 0 && room != nullptr) disk->f_bavail = std::strtoul(room, nullptr, 10) / disk->f_frsize;
  return result;
}

int clock_gettime(clockid_t clock, struct timespec* time) {
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
  if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += SettingOf("LEADPULSE_WRONG_CLOCK_SECONDS");
  return result;
}

}  // extern "C"
