// The output of `leadpulse state check`: every problem as it is found, then the sums.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "processor/maintenance/state_examination.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {

// Returns `  missing_timer  lead "ann" of tenant "acme" has no timer at …`, with its line end.
std::string ProblemLine(const maintenance::StateProblem& problem);

// A report of one check. Owned and called by one thread.
class StateReport {
 public:
  // Starts a report. `backup`: the advice for a backup differs.
  StateReport(std::string state, bool backup, bool json) : state_(std::move(state)), backup_(backup), json_(json) {}

  // Prints a problem. An error if standard output cannot be written any more.
  Status Add(const maintenance::StateProblem& problem);
  // Prints the sums. nullopt: the state could not be opened.
  ExitCode End(const std::optional<maintenance::StateFacts>& facts);

 private:
  void AppendText(const std::optional<maintenance::StateFacts>& facts);
  void AppendFacts(const maintenance::StateFacts& facts);
  void AppendLiveFacts(const maintenance::StateFacts& facts);
  void AppendAdvice();
  void AppendBackupAdvice();
  uint64_t count(maintenance::Remedy remedy) const { return remedies_[static_cast<size_t>(remedy)]; }
  void AppendJson(const std::optional<maintenance::StateFacts>& facts);
  uint64_t problems() const;

  const std::string state_;
  const bool backup_;
  const bool json_;
  std::string text_;  // not yet printed
  std::array<uint64_t, static_cast<size_t>(maintenance::ProblemKind::kCount)> kinds_{};
  std::array<uint64_t, static_cast<size_t>(maintenance::Remedy::kCount)> remedies_{};
};

}  // namespace leadpulse::tools
