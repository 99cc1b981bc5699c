// The providers there are, one function each.
#pragma once

#include "processor/webhooks/provider.h"

namespace leadpulse::webhooks {

const Provider& SendGridProvider();

}  // namespace leadpulse::webhooks
