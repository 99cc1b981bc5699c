// Marks the clicks of security scanners in what was converted together.
#pragma once

#include <cstddef>
#include <span>

#include "processor/base/instant.h"
#include "processor/webhooks/provider.h"

namespace leadpulse::webhooks {

// Marks scanners' clicks as machine in everything that was converted together. A mail is identified by tenant, lead and
// message; events without a message or a time of their own stay unchanged. Returns how many were newly marked.
size_t MarkScannersClicks(Millis within, std::span<Conversion> history);

}  // namespace leadpulse::webhooks
