// The page of reports: tables whose numbers lead to the contacts that they count.
#pragma once

#include "processor/http/handler.h"
#include "processor/serve/pages/page_request.h"

namespace leadpulse::serve {

// Parameter `report`: `pipeline` (without it), `tiers`, `segments`, `campaigns` or `scores`.
http::Answer ShowReport(const PageRequest& request);
// Parameters `report`, and `format` as the API takes it.
http::Answer DownloadReport(const PageRequest& request);

}  // namespace leadpulse::serve
