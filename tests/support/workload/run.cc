#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "tests/support/file_content.h"
#include "tests/support/workload/expectation.h"
#include "tests/support/workload/experiment.h"

namespace leadpulse::workload {
namespace {

namespace fs = std::filesystem;
using model::Change;
using model::Json;
using testing::ReadWholeFile;
using testing::WriteFile;

std::vector<Json> ReadLines(const fs::path& path) {
  if (!fs::exists(path)) throw std::runtime_error("no " + path.string());
  std::vector<Json> lines;
  std::istringstream text(ReadWholeFile(path));
  for (std::string line; std::getline(text, line);) {
    lines.push_back(model::Parse(line));
  }
  return lines;
}

// Reads a whole number. 64-bit numbers are strings in Protobuf's JSON.
int64_t WholeNumber(const Json& value) {
  return value.is_string() ? std::stoll(value.get<std::string>()) : value.get<int64_t>();
}

model::LeadKey KeyOf(const Json& line) { return {line.value("tenantId", ""), line.value("leadId", "")}; }

void ReadFiles(const fs::path& directory, Outcome& outcome) {
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
    if (!(previous < key))
      throw std::runtime_error("leads.jsonl out of order: " + key.first + "/" + key.second + " after " +
                               previous.first + "/" + previous.second);
    previous = key;
    outcome.leads[key] = line;
  }
}

}  // namespace

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
  change.cause_id = cause.value("id", "");
  change.backfill = line.value("backfill", false);
  for (const Json& name : line.value("updated", Json::array())) {
    change.updated += (change.updated.empty() ? "" : ",") + name.get<std::string>();
  }
  return change;
}

Outcome ReadOutputs(const std::string& directory) {
  Outcome outcome;
  try {
    ReadFiles(directory, outcome);
  } catch (const std::exception& error) {
    outcome.failure = std::string("unreadable output: ") + error.what();
  }
  return outcome;
}

namespace {

std::string Quoted(const fs::path& path) { return "'" + path.string() + "'"; }

// The runs of a workload, one after the other.
class Runner {
 public:
  Runner(const Workload& workload, const std::vector<InputFile>& files, std::string binary, const fs::path& directory)
      : workload_(workload), files_(files), binary_(std::move(binary)), directory_(directory) {
    fs::create_directories(directory_ / "out");
  }

  // Starts the program, and kills it as `kill` says. Returns whether it finished; any other end is a failure. It ends
  // with 1 where all records of a file are refused.
  bool RunOnce(const Start& start, const Kill* kill) {
    WriteInputs(start);
    const int status = std::system(CommandLine(start, kill).c_str());
    const bool is_refused =
        WIFEXITED(status) && WEXITSTATUS(status) == 1 &&
        ReadWholeFile(directory_ / "log").find(": nothing of it could be used") != std::string::npos;
    if (status == 0 || is_refused) return true;
    // A shell may be in between, or may have been replaced by the program.
    const bool was_killed = WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 128 + SIGKILL;
    if (kill == nullptr || !was_killed) Fail(status, CommandLine(start, kill));
    return false;
  }

  // Returns the versions of the definitions, as printed by `definitions check`. Empty for phases that keep the state's.
  std::vector<std::string> Versions() {
    std::vector<std::string> versions;
    std::map<std::string, std::string> known;
    for (const Phase& phase : workload_.phases) {
      const auto text = DefinitionsFile(phase);
      versions.push_back(text ? VersionOf(*text, known) : "");
    }
    return versions;
  }

  Outcome Outputs() { return ReadOutputs((directory_ / "out").string()); }

  // Returns the error of a run, or empty.
  const std::string& failure() const { return failure_; }

 private:
  void Fail(int status, const std::string& line) {
    failure_ = "status " + std::to_string(status) + " of " + line + "\n" + ReadWholeFile(directory_ / "log");
  }

  std::string VersionOf(const std::string& text, std::map<std::string, std::string>& known) {
    std::string& version = known[text];
    if (!version.empty()) return version;
    WriteFile(directory_ / "definitions.yaml", text);
    const std::string line = Quoted(binary_) + " definitions check " + Quoted(directory_ / "definitions.yaml") + " > " +
                             Quoted(directory_ / "log") + " 2>&1 < /dev/null";
    const int status = std::system(line.c_str());
    if (status != 0) Fail(status, line);
    const std::string told = ReadWholeFile(directory_ / "log");
    static const std::string kTitle = "version: ";
    const size_t at = told.rfind(kTitle);
    if (at != std::string::npos)
      version = told.substr(at + kTitle.size(), told.find_first_of("\r\n ", at + kTitle.size()) - at - kTitle.size());
    return version;
  }

  void WriteInputs(const Start& start) {
    if (const auto text = DefinitionsFile(workload_.phases[start.phase])) {
      WriteFile(directory_ / "definitions.yaml", *text);
    }
    for (size_t i = 0; i < start.files; ++i) {
      std::string content;
      for (const InputFile::Part& part : files_[i].parts) {
        if (part.phase <= start.phase) content += part.content;
      }
      WriteFile(directory_ / files_[i].name, content);
    }
  }

  std::string CommandLine(const Start& start, const Kill* kill) const {
    const Phase& phase = workload_.phases[start.phase];
    std::string line;
    if (kill != nullptr) line = "LEADPULSE_CRASH_AT=" + kill->step + ":" + std::to_string(kill->count) + " ";
    line += Quoted(binary_) + " run --quiet --state " + Quoted(directory_ / "state") + " --output " +
            Quoted(directory_ / "out");
    if (!phase.keeps_definitions) line += " --definitions " + Quoted(directory_ / "definitions.yaml");
    // Other runs use the state's number of partitions.
    if (start.phase % 2 == 0) line += " --partitions " + std::to_string(workload_.partitions);
    for (size_t i = 0; i < start.files; ++i) line += " --input " + Quoted(directory_ / files_[i].name);
    // On a machine that stalls, a timed commit could come between any two records.
    line += " --epoch-seconds 3600";
    if (phase.until && start.is_last_of_phase) line += " --until " + model::FormatInstant(*phase.until);
    return line + " > " + Quoted(directory_ / "log") + " 2>&1 < /dev/null";
  }

  const Workload& workload_;
  const std::vector<InputFile>& files_;
  std::string binary_;
  fs::path directory_;
  std::string failure_;
};

// Starts the program once for each of the phase's kills. Returns those at which it was killed, up to one that it did
// not reach, so that the run finished.
std::vector<Kill> KillRuns(Runner& runner, const Start& start, const Phase& phase, bool* finished) {
  std::vector<Kill> killed;
  for (const Kill& kill : phase.kills) {
    *finished = runner.RunOnce(start, &kill);
    if (*finished || !runner.failure().empty()) break;
    killed.push_back(kill);
  }
  return killed;
}

void Count(const std::vector<Kill>& killed, KillTally* tally) {
  std::string before;
  for (const Kill& kill : killed) {
    ++(*tally)[kill.step];
    if (before == kDuringExchange) ++(*tally)[before + ", " + kill.step];
    before = kill.step;
  }
}

}  // namespace

Mismatch Check(const Workload& workload, model::Millis wall_clock, const std::string& binary,
               const std::string& directory, KillTally* tally) {
  const std::vector<InputFile> files = InputFiles(workload);
  Runner runner(workload, files, binary, directory);
  Expectation expectation(workload, files, runner.Versions(), wall_clock);
  for (const Start& start : PlanStarts(workload, files)) {
    const Phase& phase = workload.phases[start.phase];
    bool finished = false;
    std::vector<Kill> killed;
    if (start.is_last_of_phase) killed = KillRuns(runner, start, phase, &finished);
    if (tally != nullptr) Count(killed, tally);
    const bool is_abandoned =
        phase.is_abandoned && !finished && !killed.empty() && start.phase + 1 < workload.phases.size();
    if (!finished && !is_abandoned && runner.failure().empty()) runner.RunOnce(start, nullptr);
    if (!runner.failure().empty()) return {Mismatch::Kind::kFailure, runner.failure()};
    if (is_abandoned) {
      expectation.Abandon(start, killed);
      continue;
    }
    expectation.Finish(start);
    Mismatch mismatch = expectation.Compare(runner.Outputs());
    if (mismatch.kind == Mismatch::Kind::kNone) continue;
    mismatch.text = "after the run of phase " + std::to_string(start.phase + 1) + "\n" + mismatch.text;
    return mismatch;
  }
  return {};
}

Outcome Run(const Workload& workload, const std::string& binary, const std::string& directory) {
  const std::vector<InputFile> files = InputFiles(workload);
  Runner runner(workload, files, binary, directory);
  for (const Start& start : PlanStarts(workload, files)) {
    runner.RunOnce(start, nullptr);
    if (runner.failure().empty()) continue;
    Outcome outcome;
    outcome.failure = runner.failure();
    return outcome;
  }
  return runner.Outputs();
}

}  // namespace leadpulse::workload
