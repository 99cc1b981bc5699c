// What the post of a webhook says.
#pragma once

#include <optional>
#include <string>

#include "leadpulse/v1/query.pb.h"
#include "processor/serve/access/webhook_store.h"

namespace leadpulse::serve {

// Returns the id of the message in which a webhook gets this change, the same whenever it is posted.
std::string WebhookMessageId(int64_t webhook, const access::WebhookChange& change);

// Returns the body, as Standard Webhooks recommends: `{"type":"TIER_CHANGED","timestamp":…,"data":{…}}`. `data` is the
// change in snake_case, with `id` and `email` of its contact, and if `has_contact` with `contact`: as a search shows
// it. `contact`: as it is now; nullopt: there is none. Rejected if the line is no change.
Result<std::string> WebhookBody(const access::WebhookChange& change, const std::optional<v1::LeadAnswer>& contact,
                                bool has_contact);

}  // namespace leadpulse::serve
