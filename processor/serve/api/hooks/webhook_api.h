// The webhooks of a tenant over HTTP, for admins. Each change is one call of access::WebhookStore, which adds its line
// to the audit log. Unknown and foreign webhooks look the same (404).
#pragma once

#include "processor/http/handler.h"
#include "processor/serve/access/access_store.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/api/hooks/webhook_watch.h"
#include "processor/serve/api/request/api_request.h"

namespace leadpulse::serve {

// Where the routes of webhooks begin.
inline constexpr std::string_view kWebhooksPath = "/webhooks";

// Answers a request to a route that begins with kWebhooksPath. Thread-safe.
http::Response AnswerWebhooks(const ApiRequest& request, const access::Principal& principal, access::AccessStore* store,
                              WebhookWatch* watch);

}  // namespace leadpulse::serve
