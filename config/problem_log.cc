#include "config/problem_log.h"

#include <algorithm>
#include <utility>

namespace leadpulse::config {

void ProblemLog::Error(std::optional<uint32_t> offset, std::string path, std::string message, std::string excerpt) {
  Add(&errors_, offset, std::move(path), std::move(message), std::move(excerpt));
}

void ProblemLog::Warning(std::optional<uint32_t> offset, std::string path, std::string message, std::string excerpt) {
  Add(&warnings_, offset, std::move(path), std::move(message), std::move(excerpt));
}

void ProblemLog::Add(std::vector<DefinitionsProblem>* problems, std::optional<uint32_t> offset, std::string path,
                     std::string message, std::string excerpt) {
  if (problems->size() > kMaxProblems) return;
  const rules::LineColumn at = offset ? source_->Locate(*offset) : rules::LineColumn{0, 0};
  problems->push_back({at.line, at.column, std::move(path), std::move(message), std::move(excerpt)});
}

std::vector<DefinitionsProblem> ProblemLog::Sorted(std::vector<DefinitionsProblem> problems) {
  const bool more = problems.size() > kMaxProblems;
  if (more) problems.pop_back();
  std::ranges::stable_sort(problems, {}, [](const DefinitionsProblem& at) { return std::pair(at.line, at.column); });
  if (more) problems.push_back({0, 0, "", "more than " + std::to_string(kMaxProblems) + "; the rest is not shown", ""});
  return problems;
}

}  // namespace leadpulse::config
