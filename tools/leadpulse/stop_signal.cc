#include "tools/leadpulse/stop_signal.h"

#include <signal.h>

namespace leadpulse::tools {
namespace {

std::atomic<bool> stop_wanted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler writes it");

void WantStop(int) { stop_wanted = true; }

}  // namespace

// Without SA_RESTART, for the wait to end.
const std::atomic<bool>& StopOnSignals() {
  struct sigaction action {};
  action.sa_handler = WantStop;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  return stop_wanted;
}

}  // namespace leadpulse::tools
