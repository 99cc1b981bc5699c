// The panel of one contact, with the forms that edit it.
#pragma once

#include <string>
#include <variant>

#include "processor/http/handler.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

// Returns the data of lead_detail.tpl, or the refusal of the API. After a POST that was refused, the fields keep what
// the user typed.
std::variant<PageData, ApiReply> DetailOf(const std::string& id, const PageRequest& request);

// Shows the timeline of `lead`, the latest entry first, in pages (`cursor`).
http::Answer ShowTimeline(const PageRequest& request);
// Sends the panel by itself, for the script.
http::Answer ShowDetail(const PageRequest& request);

}  // namespace leadpulse::serve
