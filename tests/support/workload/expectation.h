// What the outputs may be after each run of a workload, also where a run was killed and nobody knows how far it came.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/workload/experiment.h"

namespace leadpulse::workload {

// How far a run had committed its work when it was killed. A commit in the middle of an adoption stands for all of it:
// the next run finishes it first.
enum class Stage { kNothing, kAdopted, kRead, kFinished };

// One way in which the runs so far may have gone.
struct Course {
  std::optional<model::Model> model;                    // none: there is no state yet
  std::string text;                                     // the definitions file in force; empty: the built-in ones
  std::vector<size_t> read;                             // records of each file
  std::vector<std::pair<std::string, int64_t>> places;  // of the records read: file, line
  bool may_be_adopting = false;                         // the next run may have an adoption to finish first
};

// What the contract says of a workload, run by run. A run that was killed and not started again with the same arguments
// leaves more than one possibility; all are followed until the outputs of a later run tell which it was.
class Expectation {
 public:
  // `versions` holds that of each phase's definitions. Borrows workload and files.
  Expectation(const Workload& workload, const std::vector<InputFile>& files, std::vector<std::string> versions,
              model::Millis wall_clock);

  // A run that came to its end, however often it was killed before that.
  void Finish(const Start& start);
  // A run that was killed at these steps, one after the other, and given up.
  void Abandon(const Start& start, const std::vector<Kill>& kills);

  // Compares the outputs of a run that came to its end. Courses that disagree are dropped; where all do, this is the
  // difference to one of them.
  Mismatch Compare(const Outcome& got);

 private:
  void Advance(Course& course, const Start& start, Stage to) const;
  void Adopt(Course& course, const Start& start) const;
  void Read(Course& course, const Start& start) const;

  const Workload& workload_;
  const std::vector<InputFile>& files_;
  std::vector<std::string> versions_;
  model::Millis wall_clock_;
  std::vector<Course> courses_ = {Course()};
};

}  // namespace leadpulse::workload
