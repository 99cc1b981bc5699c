#include "tools/leadpulse/terminal_progress.h"

#include <unistd.h>

namespace leadpulse::tools {

std::unique_ptr<embedded::ProgressListener> ProgressOnTerminal(bool quiet) {
  if (quiet || isatty(STDERR_FILENO) == 0) return nullptr;
  return std::make_unique<embedded::TerminalProgress>(STDERR_FILENO);
}

}  // namespace leadpulse::tools
