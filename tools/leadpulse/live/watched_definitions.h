// A definitions file that is looked at again and again while a live run goes on.
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
  // `first`: what was read from there when the process began, which may be a while ago: the brokers were waited for.
  // `clock` outlives this.
  WatchedDefinitions(std::string path, std::shared_ptr<const config::Definitions> first, const Clock* clock);

  // Takes the file's text where it is another one than before, once it has settled.
  void LookAgain() override;

 private:
  SettledFile file_;
  std::string considered_;  // the last text that was taken, good or not
};

}  // namespace leadpulse::tools
