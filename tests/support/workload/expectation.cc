#include "tests/support/workload/expectation.h"

#include <algorithm>
#include <set>

namespace leadpulse::workload {
namespace {

// The first work of a run, where it decides at which commit something happens.
struct Errand {
  bool is_new = false;              // the state is new
  bool rolls_out = false;           // the definitions differ from those in force
  bool may_be_rolling_out = false;  // it may have to finish a rollout first
};

std::set<Stage> From(Stage first) {
  std::set<Stage> stages;
  for (Stage stage : {Stage::kNothing, Stage::kRolledOut, Stage::kRead, Stage::kFinished}) {
    if (stage >= first) stages.insert(stage);
  }
  return stages;
}

// Returns the stages that may be committed after `commits` more commits. The very first commit stores the definitions
// of a new state. A rollout begins with a commit, has at most one for the few leads there are, and ends with one.
std::set<Stage> AfterCommits(int commits, Stage before, const Errand& errand) {
  if (commits == 0) return {before};
  if (before != Stage::kNothing) return From(before);
  if (errand.may_be_rolling_out) return From(Stage::kNothing);
  if (errand.is_new) return commits == 1 ? std::set<Stage>{Stage::kRolledOut} : From(Stage::kRead);
  if (!errand.rolls_out) return From(Stage::kRead);
  return commits <= 2 ? std::set<Stage>{Stage::kRolledOut} : From(Stage::kRolledOut);
}

std::set<Stage> AfterKill(const Kill& kill, Stage before, const Errand& errand) {
  if (kill.step == "during_cut_back") return {before};
  if (kill.step == "before_leads_rename") return {Stage::kFinished};
  // Messages are sent by a rollout that has begun and by records, both uncommitted.
  if (kill.step == "during_adoption" || kill.step == kDuringExchange) {
    // The rollout may be its own, or an earlier one that it had to finish first.
    const bool may_be_first = kill.count == 1 || kill.step == kDuringExchange;
    if (errand.may_be_rolling_out && may_be_first) return {before, std::max(before, Stage::kRolledOut)};
    return {std::max(before, Stage::kRolledOut)};
  }
  return AfterCommits(kill.step == "after_batch" ? kill.count : kill.count - 1, before, errand);
}

}  // namespace

Expectation::Expectation(const Workload& workload, const std::vector<InputFile>& files,
                         std::vector<std::string> versions, model::Millis wall_clock)
    : workload_(workload), files_(files), versions_(std::move(versions)), wall_clock_(wall_clock) {
  courses_.front().read.resize(files.size());
}

void Expectation::Finish(const Start& start) {
  for (Course& course : courses_) {
    Advance(course, start, Stage::kFinished);
    course.may_be_rolling_out = false;
  }
}

void Expectation::Abandon(const Start& start, const std::vector<Kill>& kills) {
  std::vector<Course> courses;
  for (const Course& course : courses_) {
    const Phase& phase = workload_.phases[start.phase];
    const bool rolls_out = course.model && !phase.keeps_definitions && DefinitionsFile(phase) != course.text;
    Errand errand = {!course.model.has_value(), rolls_out, course.may_be_rolling_out};
    std::set<Stage> stages = {Stage::kNothing};
    for (const Kill& kill : kills) {
      std::set<Stage> next;
      for (Stage before : stages) next.merge(AfterKill(kill, before, errand));
      errand.may_be_rolling_out = errand.may_be_rolling_out || errand.rolls_out;
      stages = next;
    }
    for (Stage stage : stages) {
      courses.push_back(course);
      Advance(courses.back(), start, stage);
      courses.back().may_be_rolling_out = errand.may_be_rolling_out;
    }
  }
  courses_ = std::move(courses);
}

void Expectation::Advance(Course& course, const Start& start, Stage to) const {
  if (to >= Stage::kRolledOut) RollOut(course, start);
  if (to >= Stage::kRead) Read(course, start);
  if (to == Stage::kFinished && start.is_last_of_phase) course.model->Finish(workload_.phases[start.phase].until);
}

void Expectation::RollOut(Course& course, const Start& start) const {
  const Phase& phase = workload_.phases[start.phase];
  const std::string text = DefinitionsFile(phase).value_or(course.text);
  if (!course.model) {
    course.model.emplace(phase.keeps_definitions ? model::Definitions() : phase.definitions, wall_clock_);
  } else if (text != course.text) {
    course.model->Redefine(phase.definitions, versions_[start.phase]);
  }
  course.text = text;
}

void Expectation::Read(Course& course, const Start& start) const {
  for (size_t i = 0; i < start.files; ++i) {
    size_t number = 0;
    for (const InputFile::Part& part : files_[i].parts) {
      if (part.phase > start.phase) break;
      for (const InputFile::Line& line : part.lines) {
        if (number++ < course.read[i]) continue;
        course.model->Read(*line.record);
        course.places.emplace_back(files_[i].name, line.number);
      }
    }
    course.read[i] = number;
  }
  course.model->Finish(std::nullopt);
}

Mismatch Expectation::Compare(const Outcome& got) {
  std::vector<Course> agree;
  Mismatch last;
  for (Course& course : courses_) {
    Outcome expected;
    expected.failure = course.model->defect();
    expected.changes = course.model->changes();
    expected.leads = course.model->Leads();
    for (const model::DeadLetter& letter : course.model->dead_letters()) {
      const auto& [file, line] = course.places.at(letter.record);
      expected.dead_letters.emplace(file, line, letter.reason);
    }
    const Mismatch mismatch = workload::CompareOutcomes(expected, got);
    if (mismatch.kind == Mismatch::Kind::kNone) {
      agree.push_back(std::move(course));
    } else {
      last = mismatch;
    }
  }
  if (agree.empty()) return last;
  courses_ = std::move(agree);
  return {};
}

}  // namespace leadpulse::workload
