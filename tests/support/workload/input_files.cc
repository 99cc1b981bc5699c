#include <algorithm>

#include "tests/support/workload/experiment.h"

namespace leadpulse::workload {
namespace {

// Adds a record's line and what stands around it.
void AddLine(InputFile& file, const model::Record& record, int64_t& line) {
  const uint64_t hints = record.spelling >> 32;
  if (hints % 23 == 0) {
    file.content += hints % 2 == 0 ? "\n" : " \r\n";
    ++line;
  }
  file.lines.push_back(line++);
  file.content += RecordLine(record);
  file.content += hints % 19 == 0 ? "\r\n" : "\n";
}

}  // namespace

std::vector<InputFile> InputFiles(const Workload& workload) {
  std::vector<InputFile> files;
  for (size_t number = 0; number < workload.phases.size(); ++number) {
    const Phase& phase = workload.phases[number];
    size_t next = 0;
    for (size_t part = 0; part <= phase.cuts.size(); ++part) {
      InputFile file;
      file.phase = number;
      file.name = "in-" + std::to_string(number) + "-" + std::to_string(part) + ".jsonl";
      size_t end = phase.records.size();
      if (part < phase.cuts.size()) end = std::min(end, phase.cuts[part]);
      int64_t line = 1;
      for (; next < end; ++next) AddLine(file, phase.records[next], line);
      const bool ends_early = workload.seed % 2 == 0 && !file.content.empty();
      if (ends_early) file.content.pop_back();
      files.push_back(std::move(file));
    }
  }
  return files;
}

std::string Describe(const Workload& workload) {
  std::string text =
      "seed " + std::to_string(workload.seed) + ", partitions " + std::to_string(workload.partitions) + "\n";
  for (const Phase& phase : workload.phases) {
    text += "--- definitions\n" + DefinitionsYaml(phase.definitions);
    text += "--- records";
    if (phase.until) text += " (until " + model::FormatInstant(*phase.until) + ")";
    if (phase.separate_runs) text += " (each file in a run of its own)";
    text += "\n";
    for (size_t i = 0; i < phase.records.size(); ++i) {
      for (size_t cut : phase.cuts) {
        if (cut == i) text += "--- next file\n";
      }
      text += RecordLine(phase.records[i]) + "\n";
    }
  }
  return text;
}

}  // namespace leadpulse::workload
