// Where records go that a command makes: standard output, or the end of a file that `leadpulse run` reads, also while
// it follows it.
#pragma once

#include <string>
#include <string_view>

#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {

inline constexpr char kToStandardOutput[] = "-";

// For CLI11: what is wrong with a FILE of `--to`, which must be one that a run takes for JSON lines; empty: nothing.
std::string CheckRecordFile(const std::string& path);

// Each call: kDone, or what to return, and why has been said. Owned and called by one thread.
class RecordOutput {
 public:
  explicit RecordOutput(std::string to) : to_(std::move(to)) {}
  ~RecordOutput();
  RecordOutput(const RecordOutput&) = delete;
  RecordOutput& operator=(const RecordOutput&) = delete;

  // Makes the file where it is missing, and waits until no other command is adding to it. What a kill left of a line
  // there is ended, so that nothing is glued to it.
  ExitCode Open();
  // Whole lines, held back until there are enough of them.
  ExitCode Write(std::string_view lines);
  // All is durable after it, the file's name too.
  ExitCode Close();

 private:
  ExitCode OpenFile();
  ExitCode EndLastLine();
  ExitCode WriteOut();
  ExitCode Failed(const std::string& what) const;

  const std::string to_;
  int descriptor_ = -1;  // of a file
  std::string lines_;
};

}  // namespace leadpulse::tools
