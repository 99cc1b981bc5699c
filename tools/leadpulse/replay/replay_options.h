// The command line of `leadpulse replay`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "processor/replay/record_selection.h"

namespace CLI {
class App;
}  // namespace CLI

namespace leadpulse::tools {

struct ReplayLine {
  std::vector<std::string> sources;  // files and folders
  bool from_kafka = false;           // instead of `sources`: a range of the input topics
  std::string topic_from = "beginning", topic_until = "end";
  std::vector<std::string> tenants, leads, types;
  std::string from, until;
  std::string to;      // a file, `-` or kToKafka; empty: into a state, or a dry run
  std::string config;  // settings of the live mode, for --to kafka and --from-kafka
  std::string state, output, definitions;
  bool as_backfill = false;
  std::optional<double> rate;
  std::optional<uint64_t> max_lag;
  std::string checkpoint;
  int64_t checkpoint_every_ms = 1000;  // set by tests only
  uint64_t epoch_records = 0;          // set by tests only; 0: the default of a run
  bool dry_run = false;
  std::string format = "text";  // of a dry run
  bool quiet = false;
  std::string log_level, log_format = "text";  // see LogLevelOf
};

void DeclareReplayOptions(CLI::App* replay, ReplayLine* line);

// Returns a sentence about options that are missing or do not go together; empty if all are right.
std::string FindReplayUsageProblem(const ReplayLine& line);

// Returns `--log-level`; the default is that of a run for a replay into a state, and `info` for records that are sent.
std::string LogLevelOf(const ReplayLine& line);

replay::RecordSelection SelectionOf(const ReplayLine& line);

// Returns input and options of the replay as one line. A checkpoint stores it to recognise its replay. `settings`: set
// if `from_kafka` is.
std::string ReplayArguments(const ReplayLine& line, const std::optional<config::Settings>& settings);

}  // namespace leadpulse::tools
