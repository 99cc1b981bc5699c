#include <memory>

#include "tests/support/workload/experiment.h"

namespace leadpulse::workload {

Outcome Expect(const Workload& workload, model::Millis wall_clock) {
  std::vector<std::pair<std::string, int64_t>> places;
  for (const InputFile& file : InputFiles(workload)) {
    for (int64_t line : file.lines) places.emplace_back(file.name, line);
  }
  std::unique_ptr<model::Model> model;
  for (const Phase& phase : workload.phases) {
    if (model) {
      model->Redefine(phase.definitions);
    } else {
      model = std::make_unique<model::Model>(phase.definitions, wall_clock);
    }
    for (const model::Record& record : phase.records) model->Read(record);
    model->Finish(phase.until);
  }
  Outcome outcome;
  if (!model) return outcome;
  outcome.failure = model->defect();
  outcome.changes = model->changes();
  outcome.leads = model->Leads();
  for (const model::DeadLetter& letter : model->dead_letters()) {
    const auto& [file, line] = places.at(letter.record);
    outcome.dead_letters.emplace(file, line, letter.reason);
  }
  return outcome;
}

}  // namespace leadpulse::workload
