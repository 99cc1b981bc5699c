// The command line of `leadpulse run`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/instant.h"
#include "processor/files/run.h"

namespace CLI {
class App;
}  // namespace CLI

namespace leadpulse::tools {

struct RunCommandLine {
  std::string config;  // not empty: run on Kafka; no other option is set
  bool help_config = false;
  std::string definitions;
  std::string state;
  std::vector<std::string> inputs;
  bool follow = false;
  std::string output;
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
  uint64_t epoch_records = files::RunOptions().max_epoch_records;
  std::optional<uint32_t> epoch_seconds;
  bool no_sync = false;
};

void DeclareRunOptions(CLI::App* run, RunCommandLine* line);

// A sentence about options that are missing or do not go together, for a run on files or on Kafka. Empty if all are
// right.
std::string FindRunUsageProblem(const CLI::App& run, const RunCommandLine& line);

// RFC 3339, or YYYY-MM-DD: the beginning of that day in UTC.
std::optional<Instant> ParseUntil(std::string_view text);

}  // namespace leadpulse::tools
