// Reads and changes definitions and segments over HTTP.
//
// The front reads and replaces the file that the run watches (definitions_file.h); the run rolls a new text out by
// itself, some seconds later. An admin sees and changes the entry of its tenant, an operator also the whole file.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "processor/base/clock.h"
#include "processor/http/handler.h"
#include "processor/serve/access/access_store.h"
#include "processor/serve/access/audit_log.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/settings/definitions_file.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

// Thread-safe.
class DefinitionApi {
 public:
  // All outlive this.
  DefinitionApi(DefinitionsFile* file, RunClient* run, access::AccessStore* store, access::AuditLog* audit,
                const Clock* clock)
      : file_(file), run_(run), store_(store), audit_(audit), clock_(clock) {}

  // Answers a request to a route of the kind kDefinitions.
  http::Answer Answer(const ApiRequest& request, const access::Principal& principal);

 private:
  // A request within the tenant that it is about; nullopt: about the whole file.
  struct Asked {
    const ApiRequest& request;
    const access::Principal& principal;
    std::optional<std::string> tenant;
  };

  http::Answer PreviewSegment(const Asked& asked);
  http::Answer GetDefinitions(const Asked& asked);
  http::Answer PutDefinitions(const Asked& asked);
  http::Answer GetSegment(const Asked& asked);
  http::Answer PutSegment(const Asked& asked);

  // The definitions of the file; if the front knows no file, those in force.
  std::variant<StoredDefinitions, http::Answer> Stored(const Asked& asked);
  // The tenant's definitions in force; null if no run answers.
  std::shared_ptr<const config::Definitions> InForce(const std::string& tenant);
  // Whether the whole text, or its part about the tenant, is in force. nullopt: unknown.
  std::optional<bool> IsInForce(const Asked& asked, const StoredDefinitions& stored);
  // Stores the result of `change`. Adds a line to the audit log before, and one with the outcome after.
  std::variant<StoredDefinitions, http::Answer> Edit(const Asked& asked, const std::string& subject,
                                                     const DefinitionsFile::Change& change);
  Status Log(const Asked& asked, const std::string& subject, const std::string& outcome);
  // `warnings`: ProblemsJson; empty: the answer has none.
  http::Answer DefinitionsAnswer(const Asked& asked, const StoredDefinitions& stored, const std::string& warnings = "");
  http::Answer SegmentAnswer(const Asked& asked, const StoredDefinitions& stored);

  DefinitionsFile* const file_;
  RunClient* const run_;
  access::AccessStore* const store_;
  access::AuditLog* const audit_;
  const Clock* const clock_;
};

}  // namespace leadpulse::serve
