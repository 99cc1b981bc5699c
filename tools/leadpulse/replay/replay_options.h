// The command line of `leadpulse replay`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "processor/replay/record_selection.h"

namespace CLI {
class App;
}  // namespace CLI

namespace leadpulse::tools {

struct ReplayLine {
  std::vector<std::string> sources;  // files and folders
  bool from_kafka = false;           // in place of them: the input topics, from one point to another
  std::string topic_from = "beginning", topic_until = "end";
  std::vector<std::string> tenants, leads, types;
  std::string from, until;
  std::string to;      // a file, `-` or kToKafka; empty: into a state, or a dry run
  std::string config;  // of kafka
  std::string state, output, definitions;
  bool as_backfill = false;
  std::optional<double> rate;
  std::optional<uint64_t> max_lag;
  std::string checkpoint;
  int64_t checkpoint_every_ms = 1000;  // for tests
  uint64_t epoch_records = 0;          // for tests; 0: as of a run
  bool dry_run = false;
  std::string format = "text";  // of what a dry run says
  bool quiet = false;
  std::string log_level, log_format = "text";  // LogLevelOf
};

void DeclareReplayOptions(CLI::App* replay, ReplayLine* line);

// Options that are missing or do not go together, as a sentence. Empty: all is well.
std::string FindReplayUsageProblem(const ReplayLine& line);

// `--log-level`; without it what a run says into a state, and more of what is sent.
std::string LogLevelOf(const ReplayLine& line);

replay::RecordSelection SelectionOf(const ReplayLine& line);

// What is replayed and how, as one line: what a checkpoint knows its own by. `source` is the source's identity.
std::string ReplayArguments(const ReplayLine& line, const std::string& source);

}  // namespace leadpulse::tools
