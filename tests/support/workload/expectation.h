// The possible outputs after each run of a workload, even if a run was killed at an unknown point.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/workload/experiment.h"

namespace leadpulse::workload {

// How much of its work a run had committed when it was killed. A commit during a rollout counts as the whole rollout,
// because the next run finishes it first.
enum class Stage { kNothing, kRolledOut, kRead, kFinished };

// One possible course of the runs so far.
struct Course {
  std::optional<model::Model> model;                    // nullopt: there is no state yet
  std::string text;                                     // the definitions file in force; empty: the built-in ones
  std::vector<size_t> read;                             // how many records of each file
  std::vector<std::pair<std::string, int64_t>> places;  // where the records read are: file, line
  bool may_be_rolling_out = false;                      // the next run may have a rollout to finish first
};

// The requirements of the specification for a workload, run by run. A run that was killed and not started again with
// the same arguments leaves several possible courses. All are followed until the outputs of a later run decide.
class Expectation {
 public:
  // Keeps `workload` and `files`, which must outlive this. `versions` has the version of each phase's definitions.
  Expectation(const Workload& workload, const std::vector<InputFile>& files, std::vector<std::string> versions,
              model::Millis wall_clock);

  // Follows a run that finished, however often it was killed before.
  void Finish(const Start& start);
  // Follows a run that was killed at these steps, one after the other, and abandoned.
  void Abandon(const Start& start, const std::vector<Kill>& kills);

  // Compares the outputs of a finished run and drops the courses that disagree. If all disagree, returns the difference
  // from one of them.
  Mismatch Compare(const Outcome& got);

 private:
  void Advance(Course& course, const Start& start, Stage to) const;
  void RollOut(Course& course, const Start& start) const;
  void Read(Course& course, const Start& start) const;

  const Workload& workload_;
  const std::vector<InputFile>& files_;
  std::vector<std::string> versions_;
  model::Millis wall_clock_;
  std::vector<Course> courses_ = {Course()};
};

}  // namespace leadpulse::workload
