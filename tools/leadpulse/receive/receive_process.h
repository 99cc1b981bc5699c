// The process that receives, from its settings to its end.
#pragma once

#include <atomic>

#include "processor/base/status.h"
#include "processor/receiver/receiver_settings.h"

namespace leadpulse::tools {

// Until `stop` is true; then nothing new is taken, and what is under way is ended, within ten seconds. An error: it
// could not start, its disk has failed, or its topic wants a person.
Status RunReceiveProcess(const receiver::ReceiverSettings& settings, const std::atomic<bool>& stop);

}  // namespace leadpulse::tools
