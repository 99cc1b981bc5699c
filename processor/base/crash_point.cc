#include "processor/base/crash_point.h"

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace leadpulse {
namespace {

struct Wanted {
  std::string name;
  std::atomic<int64_t> calls_left{1};
};

Wanted* ReadWanted() {
  static Wanted wanted;
  const char* setting = std::getenv("LEADPULSE_CRASH_AT");
  if (setting == nullptr) return &wanted;
  std::string_view text = setting;
  size_t colon = text.find(':');
  wanted.name = text.substr(0, colon);
  int64_t calls = 1;
  if (colon != std::string_view::npos) std::from_chars(text.data() + colon + 1, text.data() + text.size(), calls);
  wanted.calls_left = calls;
  return &wanted;
}

}  // namespace

void CrashPoint(std::string_view name) {
  static Wanted* const wanted = ReadWanted();
  if (wanted->name.empty() || wanted->name != name) return;
  if (--wanted->calls_left == 0) raise(SIGKILL);
}

}  // namespace leadpulse
