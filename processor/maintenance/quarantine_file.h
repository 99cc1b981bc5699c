// The file for rows that a repair takes out of a state because they cannot be used: JSON lines, only appended to.
#pragma once

#include <memory>
#include <string>

#include "processor/base/status.h"
#include "processor/maintenance/state_problem.h"

namespace leadpulse::maintenance {

// Owned and called by one thread.
class QuarantineFile {
 public:
  // Creates the file if it is missing. Lines of an earlier repair stay. A last line that a kill cut off is removed: its
  // row is still in the state. Rejected: the file holds something else.
  static Result<std::unique_ptr<QuarantineFile>> Open(const std::string& path);
  ~QuarantineFile();
  QuarantineFile(const QuarantineFile&) = delete;
  QuarantineFile& operator=(const QuarantineFile&) = delete;

  // {"family","subject","why","key","value"}, key and value in base64.
  Status Append(const StateProblem& problem);
  // Makes everything appended durable, and the file's name.
  Status Flush();

 private:
  QuarantineFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  Status FindEnd();
  Status Failed(const std::string& what) const;

  const std::string path_;
  const int descriptor_;
  std::string buffer_;
};

}  // namespace leadpulse::maintenance
