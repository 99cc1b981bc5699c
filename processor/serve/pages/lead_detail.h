// The panel of one contact: what is known of it, each part with the form that edits it.
#pragma once

#include <optional>
#include <string>

#include "processor/http/handler.h"
#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

// What lead_detail.tpl shows. After a POST that was refused, its fields have what was typed. nullopt: there is no such
// contact for this user.
std::optional<PageData> DetailOf(const std::string& id, const PageRequest& request, const PageParts& parts);

// All that happened to `lead`, the latest first, in pages (`cursor`).
http::Answer ShowTimeline(const PageRequest& request, const PageParts& parts);
// The panel by itself, for the script.
http::Answer ShowDetail(const PageRequest& request, const PageParts& parts);

}  // namespace leadpulse::serve
