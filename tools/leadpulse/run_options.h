// The command line of `leadpulse run`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/instant.h"
#include "processor/files/run.h"

namespace CLI {
class App;
}  // namespace CLI

namespace leadpulse::tools {

struct RunCommandLine {
  files::RunOptions options;  // those that need no parsing are set
  std::string config;         // not empty: run on Kafka; no other option is set
  bool help_config = false;
  std::string definitions;
  std::string state;
  std::string until;
  std::optional<uint32_t> partitions;
  uint32_t workers = 0;  // 0: one a processor
  std::string max_future_skew = "10m";
  uint32_t memory_mib = 1536;
  std::string dead_letter_payload = "full";
  bool quiet = false;
  std::string format = "text";
  std::string log_level = "warning";
  std::string log_format = "text";
  std::optional<uint32_t> epoch_seconds;
};

void DeclareRunOptions(CLI::App* run, RunCommandLine* line);

// A sentence about options that are missing or do not go together, for a run on files or on Kafka. Empty if all are
// right.
std::string FindRunUsageProblem(const CLI::App& run, const RunCommandLine& line);

// RFC 3339, or YYYY-MM-DD: the beginning of that day in UTC.
std::optional<Instant> ParseUntil(std::string_view text);

}  // namespace leadpulse::tools
