// The pages: one table, which dispatches requests and makes the navigation. README.md says how to add one.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "processor/http/handler.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/pages/page_request.h"

namespace leadpulse::serve {

struct PageRoute {
  std::string_view method;
  std::string_view path;
  access::Role least;  // a user with a lesser role gets 403
  // Called on a thread that may wait. For a POST the form's token has been checked.
  http::Answer (*answer)(const PageRequest& request, const PageParts& parts);
  std::string_view navigation = {};  // its name in the navigation; empty: it is not there
  bool needs_login = true;
  size_t max_form_bytes = size_t{256} << 10;
};

std::span<const PageRoute> PageRoutes();

}  // namespace leadpulse::serve
