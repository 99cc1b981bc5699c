#include "processor/files/input/file_events.h"

#include <linux/magic.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <thread>

#include "processor/base/clock.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::input {
namespace {

constexpr uint32_t kNames = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
constexpr uint32_t kBytes = IN_MODIFY | IN_ATTRIB;  // the latter of hard links
// The folder itself is gone, or the kernel has dropped events.
constexpr uint32_t kLost = IN_IGNORED | IN_MOVE_SELF | IN_UNMOUNT;
// A folder in which other programs write all the time wakes the run once in this time.
constexpr std::chrono::milliseconds kPause{1};

// Whether only this machine can change files there.
bool IsLocal(const std::string& folder) {
  constexpr int64_t kXfs = 0x58465342, kZfs = 0x2fc12fc1;
  constexpr int64_t kLocal[] = {
      EXT4_SUPER_MAGIC, BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, TMPFS_MAGIC, OVERLAYFS_SUPER_MAGIC, kXfs, kZfs};
  struct statfs system {};
  return statfs(folder.c_str(), &system) == 0 &&
         std::ranges::find(kLocal, static_cast<int64_t>(system.f_type)) != std::end(kLocal);
}

}  // namespace

FileEvents::FileEvents() : events_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)), sees_all_(events_.is_open()) {}

void FileEvents::Watch(const std::string& folder) {
  const bool is_watched =
      events_.is_open() && inotify_add_watch(events_.get(), folder.c_str(), kNames | kBytes | IN_MOVE_SELF) >= 0;
  if (is_watched && IsLocal(folder)) return;
  if (sees_all_) {
    telemetry::LogInfo("changes in " + folder + " are not reported by the system" +
                       (is_watched ? "" : std::string(" (") + strerror(errno) + ")") +
                       ": the run looks at the files all the time");
  }
  sees_all_ = false;
}

FileEvents::News FileEvents::Wait(std::chrono::milliseconds longest) {
  pollfd polled{events_.get(), POLLIN, 0};
  if (!events_.is_open()) {
    std::this_thread::sleep_for(longest);
    return News::kNone;
  }
  std::this_thread::sleep_until(woken_at_ + kPause);
  if (poll(&polled, 1, static_cast<int>(longest.count())) <= 0) return News::kNone;
  woken_at_ = MonotonicNow();
  return Take();
}

FileEvents::News FileEvents::Take() {
  alignas(inotify_event) std::array<char, 16 << 10> buffer;
  News news = News::kBytes;
  const ssize_t got = read(events_.get(), buffer.data(), buffer.size());
  for (ssize_t at = 0; at < got;) {
    inotify_event event{};
    std::memcpy(&event, buffer.data() + at, sizeof event);
    at += static_cast<ssize_t>(sizeof event + event.len);
    if ((event.mask & (kNames | IN_Q_OVERFLOW)) != 0) news = News::kNames;
    if ((event.mask & kLost) != 0) sees_all_ = false;
  }
  return news;
}

}  // namespace leadpulse::input
