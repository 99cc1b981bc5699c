// Pages of the API for people: no script, nothing from elsewhere, not stored.
#pragma once

#include <string_view>

#include "processor/http/handler.h"

namespace leadpulse::serve {

// Renders a page. `content` is markup, the title is text.
http::Response HtmlPage(unsigned int code, std::string_view title, std::string_view content);

}  // namespace leadpulse::serve
