// Pages of the API for people: no script, nothing from elsewhere, not stored.
#pragma once

#include <string_view>

#include "processor/http/handler.h"

namespace leadpulse::serve {

// Renders a page. `content` is markup, and so is `above`, which stands above the heading; the title is text.
http::Response HtmlPage(unsigned int code, std::string_view title, std::string_view content,
                        std::string_view above = {});

}  // namespace leadpulse::serve
