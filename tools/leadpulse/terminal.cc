#include "tools/leadpulse/terminal.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "processor/base/clock.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

std::atomic<bool> stop_wanted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler writes it");

void WantStop(int) { stop_wanted = true; }

}  // namespace

Status CheckCanAsk(bool yes, const std::string& what) {
  if (yes || isatty(STDIN_FILENO) != 0) return Status::Ok();
  return Status::Rejected("standard input is no terminal, so nobody can be asked; say --yes to " + what + " unasked");
}

bool SaysYes(const std::string& question) {
  PrintToStandardError(question + " [y/N] ");
  std::string answer;
  for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar()) answer += static_cast<char>(c);
  return answer == "y" || answer == "Y" || answer == "yes" || answer == "Yes";
}

// Sets handlers without SA_RESTART, so that a signal ends a wait.
const std::atomic<bool>& StopOnSignals() {
  struct sigaction action {};
  action.sa_handler = WantStop;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  return stop_wanted;
}

// Sleeps in pieces, to notice a stop.
void Pause(std::chrono::nanoseconds wait, const std::atomic<bool>& stop) {
  const auto until = MonotonicNow() + wait;
  for (auto now = MonotonicNow(); now < until && !stop; now = MonotonicNow()) {
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(until - now, std::chrono::milliseconds(100)));
  }
}

std::unique_ptr<files::ProgressListener> ProgressOnTerminal(bool quiet) {
  if (quiet || isatty(STDERR_FILENO) == 0) return nullptr;
  return std::make_unique<files::TerminalProgress>(STDERR_FILENO);
}

}  // namespace leadpulse::tools
