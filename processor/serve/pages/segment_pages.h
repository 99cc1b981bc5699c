// The pages of segments: their list, and an editor that tries a rule before it is saved.
#pragma once

#include "processor/http/handler.h"
#include "processor/serve/pages/page_request.h"

namespace leadpulse::serve {

// Parameter `name`: only segments whose names or ids contain it, in any case.
http::Answer ShowSegments(const PageRequest& request);
// The editor of segment `id`; without it, of a new one. Managers try rules, admins save them, too.
http::Answer ShowSegment(const PageRequest& request);
// Field `what`: `try`, or `save`. A save that is refused because somebody else has saved meanwhile shows both rules,
// and takes the user's when it is sent again.
http::Answer EditSegment(const PageRequest& request);

}  // namespace leadpulse::serve
