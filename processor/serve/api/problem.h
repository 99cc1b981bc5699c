// Answers of the API that are errors: RFC 9457.
#pragma once

#include <string_view>

#include "processor/http/handler.h"

namespace leadpulse::serve {

// `code` is for programs, `detail` a sentence for people; `field` is the parameter at fault, empty: none.
http::Answer Problem(unsigned int status, std::string_view code, std::string_view detail, std::string_view field = {});

}  // namespace leadpulse::serve
