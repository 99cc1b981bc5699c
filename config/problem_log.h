// Collects all problems of one definitions or settings file in one pass.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions_loader.h"
#include "config/source_text.h"

namespace leadpulse::config {

// The most problems that are stored: nobody reads more, and a file full of mistakes must not fill the memory with
// messages.
inline constexpr size_t kMaxProblems = 1000;

class ProblemLog {
 public:
  // Keeps the source, which must outlive this.
  explicit ProblemLog(const SourceText* source) : source_(source) {}

  const SourceText& source() const { return *source_; }
  // Adds an error; without an offset, it is one of the whole file.
  void Error(std::optional<uint32_t> offset, std::string path, std::string message, std::string excerpt = "");
  void Warning(std::optional<uint32_t> offset, std::string path, std::string message, std::string excerpt = "");
  bool has_errors() const { return !errors_.empty(); }
  // Returns the number of errors. It stays at kMaxProblems + 1 once the log is full.
  size_t error_count() const { return errors_.size(); }
  // Whether no further error is stored, so that expensive checks may be skipped.
  bool full() const { return errors_.size() > kMaxProblems; }
  // Whether no further warning is stored.
  bool warnings_full() const { return warnings_.size() > kMaxProblems; }
  // Takes `comparisons` from the budget for "did you mean"; returns false if too few are left. The first problems get a
  // hint, the thousandth does not.
  bool SpendOnHints(size_t comparisons) {
    if (comparisons > hint_comparisons_) return false;
    hint_comparisons_ -= comparisons;
    return true;
  }

  // Returns the problems in the order of the file, those of the whole file first. If there are more than kMaxProblems,
  // the last one says so.
  std::vector<DefinitionsProblem> TakeErrors() { return Sorted(std::move(errors_)); }
  std::vector<DefinitionsProblem> TakeWarnings() { return Sorted(std::move(warnings_)); }

 private:
  void Add(std::vector<DefinitionsProblem>* problems, std::optional<uint32_t> offset, std::string path,
           std::string message, std::string excerpt);
  static std::vector<DefinitionsProblem> Sorted(std::vector<DefinitionsProblem> problems);

  const SourceText* source_;
  size_t hint_comparisons_ = 1'000'000;  // a quarter of a second
  std::vector<DefinitionsProblem> errors_;
  std::vector<DefinitionsProblem> warnings_;
};

}  // namespace leadpulse::config
