#include "processor/maintenance/state_problem.h"

#include <array>

namespace leadpulse::maintenance {

const char* ProblemName(ProblemKind kind) {
  static constexpr std::array<const char*, static_cast<size_t>(ProblemKind::kCount)> kNames = {
      "cannot_be_opened",    "damaged_file",       "unreadable_rows",
      "unreadable_meta",     "unknown_meta",       "unreadable_definitions",
      "unreadable_lead",     "misplaced_lead",     "erased_lead_held",
      "unknown_definitions", "wrong_view",         "wrong_next_flip",
      "missing_timer",       "wrong_timer",        "orphan_timer",
      "unreadable_timer",    "unreadable_erasure", "missing_mailbox",
      "forgotten_user",      "unknown_user",       "wrong_user_facts",
      "wrong_standing"};
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace leadpulse::maintenance
