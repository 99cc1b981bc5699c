// Where rows go that are taken out of a state because they cannot be used: JSON lines, added to and never overwritten.
#pragma once

#include <memory>
#include <string>

#include "processor/base/status.h"
#include "processor/maintenance/state_problem.h"

namespace leadpulse::maintenance {

// Owned and called by one thread.
class QuarantineFile {
 public:
  // Made where it is missing. Lines of an earlier repair stay; a last one that was cut off by a kill is removed, for
  // its row is still in the state. Rejected where the file holds anything else.
  static Result<std::unique_ptr<QuarantineFile>> Open(const std::string& path);
  ~QuarantineFile();
  QuarantineFile(const QuarantineFile&) = delete;
  QuarantineFile& operator=(const QuarantineFile&) = delete;

  // {"family","subject","why","key","value"}, key and value in base64.
  Status Append(const StateProblem& problem);
  // Everything appended is durable after it, the file's name too.
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
