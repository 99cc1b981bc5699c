// `POST /bulk`: one change of many contacts. `action` is the name of a route such as `tags`, `body` what that route
// takes.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/http/handler.h"
#include "processor/receiver/record_sink.h"
#include "processor/serve/api/reads/lead_selection.h"
#include "processor/serve/api/request/routes.h"
#include "processor/webhooks/json.h"

namespace leadpulse::serve {

struct BulkAction {
  const Route* route = nullptr;  // makes the same change of one contact
  std::string json;              // its body, checked
};

// The members `action` and `body`. The problem names what is wrong with them, as the route would. `known`: the topics
// that the definitions declare.
std::variant<BulkAction, http::Answer> ReadBulkAction(const webhooks::Json& body, const v1::OptOut& known, Instant now);

// The command or event for one lead. `address`: the lead's, for a topic. `id`: of the command or event.
Result<receiver::Batch> RecordOf(const BulkAction& action, const LeadKey& key, const std::string& address,
                                 const std::string& id, const std::string& actor, Instant at);

// What a job stores. Rejected: it cannot be read, because another version wrote it.
std::string StoredBulk(const BulkAction& action, const LeadSelection& selection);
struct BulkJobRequest {
  BulkAction action;
  LeadSelection selection;
};
Result<BulkJobRequest> ReadStoredBulk(std::string_view stored);

}  // namespace leadpulse::serve
