// The page of campaigns: a card for each, with its numbers.
#pragma once

#include "processor/http/handler.h"
#include "processor/serve/pages/page_request.h"

namespace leadpulse::serve {

// Parameter `name`: only campaigns whose ids contain it, in any case.
http::Answer ShowCampaigns(const PageRequest& request);

}  // namespace leadpulse::serve
