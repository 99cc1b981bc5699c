#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/support/workload/experiment.h"

namespace leadpulse::workload {
namespace {

namespace fs = std::filesystem;
using model::Change;
using model::Json;

void WriteFile(const fs::path& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
}

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

std::vector<Json> ReadLines(const fs::path& path) {
  if (!fs::exists(path)) throw std::runtime_error("no " + path.string());
  std::vector<Json> lines;
  std::istringstream text(ReadFile(path));
  for (std::string line; std::getline(text, line);) {
    lines.push_back(Json::parse(line));
  }
  return lines;
}

// 64-bit numbers are strings in Protobuf's JSON.
int64_t WholeNumber(const Json& value) {
  return value.is_string() ? std::stoll(value.get<std::string>()) : value.get<int64_t>();
}

Change ReadChange(const Json& line) {
  Change change;
  change.seq = WholeNumber(line.value("seq", Json(0)));
  const auto at = model::ReadRfc3339(line.value("at", ""));
  if (!at) throw std::runtime_error("bad time in " + line.dump());
  change.at = *at;
  change.kind = line.value("kind", "");
  change.name = line.value("name", "");
  change.from = line.value("from", "");
  change.to = line.value("to", "");
  const Json cause = line.value("cause", Json::object());
  change.cause = cause.value("kind", "");
  // The version of the definitions is the program's own choice.
  if (change.cause != "DEFINITIONS") change.cause_id = cause.value("id", "");
  change.backfill = line.value("backfill", false);
  return change;
}

model::LeadKey KeyOf(const Json& line) { return {line.value("tenantId", ""), line.value("leadId", "")}; }

void ReadOutputs(const fs::path& directory, Outcome& outcome) {
  for (const Json& line : ReadLines(directory / "changes.jsonl")) {
    outcome.changes[KeyOf(line)].push_back(ReadChange(line));
  }
  for (const Json& line : ReadLines(directory / "dead-letters.jsonl")) {
    const Json& source = line.at("source");
    const fs::path file = source.at("file").get<std::string>();
    outcome.dead_letters.emplace(file.filename().string(), WholeNumber(source.at("line")),
                                 line.at("reason").get<std::string>());
  }
  model::LeadKey previous;
  for (const Json& line : ReadLines(directory / "leads.jsonl")) {
    const model::LeadKey key = KeyOf(line);
    if (!(previous < key)) throw std::runtime_error("leads.jsonl out of order");
    previous = key;
    outcome.leads[key] = line;
  }
}

std::string Quoted(const fs::path& path) { return "'" + path.string() + "'"; }

// One run of the program: which definitions, how many of the files.
struct Invocation {
  size_t phase = 0;
  size_t files = 0;
  bool is_last_of_phase = false;
};

std::vector<Invocation> PlanRuns(const Workload& workload, const std::vector<InputFile>& files) {
  std::vector<Invocation> runs;
  for (size_t i = 0; i < files.size(); ++i) {
    const size_t phase = files[i].phase;
    const bool is_last = i + 1 == files.size() || files[i + 1].phase != phase;
    if (is_last || workload.phases[phase].separate_runs) {
      runs.push_back({phase, i + 1, is_last});
    }
  }
  return runs;
}

std::string CommandLine(const Workload& workload, const Invocation& run, const std::vector<InputFile>& files,
                        const std::string& binary, const fs::path& directory) {
  std::string line = "'" + binary + "' run --quiet --definitions " +
                     Quoted(directory / ("definitions-" + std::to_string(run.phase) + ".yaml")) + " --state " +
                     Quoted(directory / "state") + " --output " + Quoted(directory / "out") + " --partitions " +
                     std::to_string(workload.partitions);
  for (size_t i = 0; i < run.files; ++i) {
    line += " --input " + Quoted(directory / files[i].name);
  }
  const auto until = workload.phases[run.phase].until;
  if (until && run.is_last_of_phase) {
    line += " --until " + model::FormatInstant(*until);
  }
  return line + " > " + Quoted(directory / "log") + " 2>&1 < /dev/null";
}

}  // namespace

Outcome Run(const Workload& workload, const std::string& binary, const std::string& directory) {
  const fs::path base = directory;
  fs::create_directories(base / "out");
  const std::vector<InputFile> files = InputFiles(workload);
  for (const InputFile& file : files) WriteFile(base / file.name, file.content);
  for (size_t i = 0; i < workload.phases.size(); ++i) {
    WriteFile(base / ("definitions-" + std::to_string(i) + ".yaml"), DefinitionsYaml(workload.phases[i].definitions));
  }
  Outcome outcome;
  for (const Invocation& run : PlanRuns(workload, files)) {
    const std::string line = CommandLine(workload, run, files, binary, base);
    const int status = std::system(line.c_str());
    if (status == 0) continue;
    outcome.failure = "status " + std::to_string(status) + " of " + line + "\n" + ReadFile(base / "log");
    return outcome;
  }
  try {
    ReadOutputs(base / "out", outcome);
  } catch (const std::exception& error) {
    outcome.failure = std::string("unreadable output: ") + error.what();
  }
  return outcome;
}

}  // namespace leadpulse::workload
