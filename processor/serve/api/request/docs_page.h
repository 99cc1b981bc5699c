// The description of the API for people, made from the routes.
#pragma once

#include <string_view>

#include "processor/http/handler.h"

namespace leadpulse::serve {

// Served without a token.
inline constexpr std::string_view kDocsPath = "/docs";

// Renders all routes: what each is for, who may call it, its parameters, body and a call to try.
http::Response DocsPage();

}  // namespace leadpulse::serve
