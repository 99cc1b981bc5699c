// Answers queries about a state whose run is stopped.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "processor/base/status.h"
#include "processor/http/handler.h"
#include "processor/serve/queries/query_service.h"

namespace leadpulse::serve {

// Opens the state read-only for each query: a run may start and stop between two of them, and the second must see what
// that run has written. Changes nothing in it. Thread-safe.
class StoppedState {
 public:
  explicit StoppedState(std::string directory) : directory_(std::move(directory)) {}

  // As the query service of a run answers (query_service.h). Errors: the state cannot be opened.
  Result<http::Answer> Answer(std::string_view path, std::string_view body);

 private:
  const std::string directory_;
  QueryParts parts_;
};

}  // namespace leadpulse::serve
