#include "tools/leadpulse/confirmation.h"

#include <unistd.h>

#include <cstdio>

#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {

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

}  // namespace leadpulse::tools
