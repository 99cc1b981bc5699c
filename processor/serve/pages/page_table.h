// The table of pages. It dispatches requests and makes the navigation. README.md says how to add a page.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "processor/http/handler.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/pages/page_request.h"

namespace leadpulse::serve {

struct PageRoute {
  std::string_view method = "GET";
  std::string_view path;
  access::Role least;  // users with a lower role get 403
  // Called on a thread that may block, after the check of role and, for a POST, of the form token.
  http::Answer (*answer)(const PageRequest& request);
  std::string_view navigation = {};  // the name in the navigation; empty: not listed
  bool needs_login = true;
  bool hashes_password = false;  // such requests run one at a time: a hash takes much memory
  size_t max_form_bytes = size_t{256} << 10;
  bool takes_file = false;  // the form is multipart/form-data, and its file as large as an upload of the API
  bool searches = false;    // queries many leads; pages that do not search do not wait for those that do
};

std::span<const PageRoute> PageRoutes();

}  // namespace leadpulse::serve
