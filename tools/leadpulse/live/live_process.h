// leadpulse run --config: the process around a live run. Its state, its definitions, its port for operators, its end.
#pragma once

#include <atomic>
#include <memory>

#include "config/definitions.h"
#include "config/settings.h"
#include "processor/base/status.h"

namespace leadpulse::tools {

// Runs until `stop` becomes true, then commits what there is and leaves the group. Errors are those that end the
// process; whatever happened, nothing that was not committed remains. `definitions`: those of the file in the settings;
// null where the settings want the topic's.
Status RunLiveProcess(const config::Settings& settings, std::shared_ptr<const config::Definitions> definitions,
                      const std::atomic<bool>& stop);

}  // namespace leadpulse::tools
