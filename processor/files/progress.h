// Signs of life while a run works.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leadpulse::files {

struct Progress {
  std::string_view activity;       // `reading`, `firing timers`, `re-evaluating leads`, `writing leads.jsonl`
  uint64_t records = 0;            // read in this run
  std::string_view file;           // being read; may be empty
  std::optional<double> fraction;  // how much of the stored bytes of all inputs is read
  std::optional<std::chrono::seconds> left = {};  // until the end, estimated
};

// A listener that is called by one thread, at most once for each batch and each epoch; must return at once.
class ProgressListener {
 public:
  virtual ~ProgressListener() = default;
  virtual void OnProgress(const Progress& progress) = 0;
};

// One line on the terminal behind `descriptor`, updated in place at most 5 times a second and wiped at the end.
class TerminalProgress : public ProgressListener {
 public:
  explicit TerminalProgress(int descriptor);
  ~TerminalProgress() override;
  void OnProgress(const Progress& progress) override;

 private:
  int descriptor_;
  const std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point shown_at_;
  bool shown_ = false;
};

// Returns the line without control characters, at most `columns` wide: `reading 1,204,000 records, 151,020/s, 37 %,
// FILE`.
std::string RenderProgress(const Progress& progress, double seconds, size_t columns);

}  // namespace leadpulse::files
