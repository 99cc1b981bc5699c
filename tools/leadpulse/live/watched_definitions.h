// Follows a definitions file during a live run.
#pragma once

#include <memory>
#include <string>

#include "config/definitions.h"
#include "processor/base/clock.h"
#include "tools/leadpulse/live/live_definitions.h"
#include "tools/leadpulse/live/settled_file.h"

namespace leadpulse::tools {

class WatchedDefinitions : public LiveDefinitions {
 public:
  // `first`: read from the file when the process started; it may be older now, because the process waited for brokers.
  // `clock` outlives this.
  WatchedDefinitions(std::string path, std::shared_ptr<const config::Definitions> first,
                     config::InputPartitioning partitioning, const Clock* clock,
                     size_t max_bytes = kMaxLiveDefinitionsBytes);

  // Takes the file's text if it has changed, once it has settled.
  void LookAgain() override;

 private:
  SettledFile file_;
  std::string considered_;  // the last text, usable or not
};

}  // namespace leadpulse::tools
