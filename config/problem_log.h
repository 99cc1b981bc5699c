// Everything that is wrong with one definitions or settings file, gathered in one pass.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions_loader.h"
#include "config/source_text.h"

namespace leadpulse::config {

// Nobody reads more, and a file of nothing but mistakes must not fill the memory with messages.
inline constexpr size_t kMaxProblems = 1000;

class ProblemLog {
 public:
  // The source must outlive this.
  explicit ProblemLog(const SourceText* source) : source_(source) {}

  const SourceText& source() const { return *source_; }
  // Offset nothing: the file as a whole.
  void Error(std::optional<uint32_t> offset, std::string path, std::string message, std::string excerpt = "");
  void Warning(std::optional<uint32_t> offset, std::string path, std::string message, std::string excerpt = "");
  bool has_errors() const { return !errors_.empty(); }
  // No further error will be kept: a check that costs much may be left out.
  bool full() const { return errors_.size() > kMaxProblems; }
  // No further warning will be kept.
  bool warnings_full() const { return warnings_.size() > kMaxProblems; }
  // Whether so many names may still be compared to find the nearest; they are then used up. The first problems get
  // their hint, the thousandth does without.
  bool SpendOnHints(size_t comparisons) {
    if (comparisons > hint_comparisons_) return false;
    hint_comparisons_ -= comparisons;
    return true;
  }

  // In the order of the file, those of the file as a whole first. Beyond kMaxProblems a last one says so.
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
