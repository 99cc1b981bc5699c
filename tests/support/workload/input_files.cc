#include <algorithm>

#include "tests/support/workload/experiment.h"

namespace leadpulse::workload {
namespace {

// A file being written, and the number of its next line.
struct Growing {
  InputFile file;
  int64_t line = 1;
};

// Adds a record's line and the blank lines around it.
void AddLine(InputFile::Part& part, const model::Record& record, int64_t& line) {
  const uint64_t hints = record.spelling >> 32;
  if (hints % 23 == 0) {
    part.content += hints % 2 == 0 ? "\n" : " \r\n";
    ++line;
  }
  part.lines.push_back({&record, line++});
  part.content += RecordLine(record);
  part.content += hints % 19 == 0 ? "\r\n" : "\n";
}

bool HasOpenLine(const InputFile& file) {
  std::string content;
  for (const InputFile::Part& part : file.parts) content += part.content;
  return !content.empty() && content.back() != '\n';
}

void AddPart(Growing& growing, const Phase& phase, size_t number, size_t begin, size_t end, bool ends_early) {
  InputFile::Part part;
  part.phase = number;
  if (HasOpenLine(growing.file)) part.content = "\n";
  for (size_t i = begin; i < end; ++i) AddLine(part, phase.records[i], growing.line);
  if (ends_early && begin < end) part.content.pop_back();
  growing.file.parts.push_back(std::move(part));
}

}  // namespace

std::vector<InputFile> InputFiles(const Workload& workload) {
  std::vector<Growing> growing;
  const bool ends_early = workload.seed % 2 == 0;
  for (size_t number = 0; number < workload.phases.size(); ++number) {
    const Phase& phase = workload.phases[number];
    size_t next = growing.empty() ? 0 : std::min(phase.grown, phase.records.size());
    if (next > 0) AddPart(growing[phase.grown_file % growing.size()], phase, number, 0, next, ends_early);
    for (size_t cut = 0; cut <= phase.cuts.size(); ++cut) {
      size_t end = phase.records.size();
      if (cut < phase.cuts.size()) end = std::clamp(phase.cuts[cut], next, end);
      Growing file;
      file.file.name = "in-" + std::to_string(number) + "-" + std::to_string(cut) + ".jsonl";
      AddPart(file, phase, number, next, end, ends_early);
      growing.push_back(std::move(file));
      next = end;
    }
  }
  std::vector<InputFile> files;
  for (Growing& each : growing) files.push_back(std::move(each.file));
  return files;
}

std::vector<Start> PlanStarts(const Workload& workload, const std::vector<InputFile>& files) {
  std::vector<Start> starts;
  for (size_t i = 0; i < files.size(); ++i) {
    const size_t phase = files[i].parts.front().phase;
    const bool is_last = i + 1 == files.size() || files[i + 1].parts.front().phase != phase;
    if (is_last || workload.phases[phase].separate_runs) starts.push_back({phase, i + 1, is_last});
  }
  return starts;
}

std::string Describe(const Workload& workload) {
  std::string text =
      "seed " + std::to_string(workload.seed) + ", partitions " + std::to_string(workload.partitions) + "\n";
  for (const Phase& phase : workload.phases) {
    text += "--- definitions\n" + DefinitionsFile(phase).value_or("(those of the state)\n");
    text += "--- records";
    if (phase.until) text += " (until " + model::FormatInstant(*phase.until) + ")";
    if (phase.separate_runs) text += " (each file in a run of its own)";
    for (const Kill& kill : phase.kills) text += " (killed at " + kill.step + ":" + std::to_string(kill.count) + ")";
    if (phase.is_abandoned) text += " (abandoned)";
    if (phase.grown > 0) text += " (" + std::to_string(phase.grown) + " of them appended to an earlier file)";
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
