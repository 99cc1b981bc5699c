// Definitions and segments over HTTP.
//
// The front reads and replaces the file that the run watches (definitions_file.h); the run rolls a new text out by
// itself, some seconds later. An admin sees and changes the entry of its tenant, an operator also the whole file.
#pragma once

#include <optional>

#include "processor/base/clock.h"
#include "processor/http/handler.h"
#include "processor/serve/access/access_store.h"
#include "processor/serve/access/audit_log.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/settings/definitions_file.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

// The objects that the answers need; all must outlive the call.
struct DefinitionParts {
  DefinitionsFile* file;
  RunClient* run;
  access::AccessStore* store;
  access::AuditLog* audit;
  const Clock* clock;
};

// Reads the preview that `segment.preview` answers. Returns the problem if the rule is wrong, or there is no answer.
std::optional<http::Response> ReadPreview(const ApiRequest& request, const access::Principal& principal, RunClient* run,
                                          v1::SegmentPreview* preview);

// Answers a request to a route of the kind kDefinitions. Thread-safe.
http::Response AnswerDefinitions(const ApiRequest& request, const access::Principal& principal,
                                 const DefinitionParts& parts);

}  // namespace leadpulse::serve
