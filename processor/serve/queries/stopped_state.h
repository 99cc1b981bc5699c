// Answers queries about a state whose run is stopped.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/http/handler.h"
#include "processor/query/state_access.h"
#include "state/store/lead_store.h"

namespace leadpulse::serve {

// Opens the state read-only, which changes nothing in it, so that a run may start meanwhile. Then it may answer from
// before the start for up to a second. Thread-safe.
class StoppedState {
 public:
  // `clock` outlives this.
  StoppedState(std::string directory, const Clock* clock) : directory_(std::move(directory)), clock_(*clock) {}

  // As the query service of a run answers (query_service.h). Errors: the state cannot be opened.
  Result<http::Answer> Answer(std::string_view path, std::string_view body);

 private:
  Result<std::shared_ptr<state::LeadStore>> Open();

  const std::string directory_;
  const Clock& clock_;
  query::DefinitionsCache definitions_;
  std::mutex mutex_;  // guards the members below
  std::shared_ptr<state::LeadStore> store_;
  std::chrono::steady_clock::time_point opened_at_;
};

}  // namespace leadpulse::serve
