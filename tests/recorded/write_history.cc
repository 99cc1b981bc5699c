// Writes a random history of tests/support/workload as files: the input of runs, and their arguments.
//
//     write_history SEED FOLDER
//
// FOLDER gets a folder `run<N>` for each start of the program, with the files that are written before it, and
// `runs.json`, the arguments of each start.
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "tests/support/file_content.h"
#include "tests/support/workload/experiment.h"

namespace leadpulse::workload {
namespace {

namespace fs = std::filesystem;
using testing::WriteFile;

std::string ContentUpTo(const InputFile& file, size_t phase) {
  std::string content;
  for (const InputFile::Part& part : file.parts) {
    if (part.phase <= phase) content += part.content;
  }
  return content;
}

model::Json WriteStart(const Workload& workload, const std::vector<InputFile>& files, const Start& start,
                       const fs::path& folder) {
  const Phase& phase = workload.phases[start.phase];
  fs::create_directories(folder);
  model::Json arguments = {"--partitions", std::to_string(workload.partitions)};
  if (const auto text = DefinitionsFile(phase)) {
    WriteFile(folder / "definitions.yaml", *text);
    arguments.insert(arguments.end(), {"--definitions", "definitions.yaml"});
  }
  for (size_t i = 0; i < start.files; ++i) {
    WriteFile(folder / files[i].name, ContentUpTo(files[i], start.phase));
    arguments.insert(arguments.end(), {"--input", files[i].name});
  }
  if (phase.until && start.is_last_of_phase) {
    arguments.insert(arguments.end(), {"--until", model::FormatInstant(*phase.until)});
  }
  return arguments;
}

void WriteHistory(uint64_t seed, const fs::path& folder) {
  const Workload workload = MakeHistory(seed);
  const std::vector<InputFile> files = InputFiles(workload);
  model::Json runs = model::Json::array();
  for (const Start& start : PlanStarts(workload, files)) {
    runs.push_back(WriteStart(workload, files, start, folder / ("run" + std::to_string(runs.size()))));
  }
  WriteFile(folder / "runs.json", runs.dump());
}

}  // namespace
}  // namespace leadpulse::workload

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: write_history SEED FOLDER\n";
    return 2;
  }
  leadpulse::workload::WriteHistory(std::stoull(argv[1]), argv[2]);
  return 0;
}
