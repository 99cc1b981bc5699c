// `POST /bulk`: one change of many contacts. `action` is the name of a route such as `tags`, and `body` is the body of
// that route.
//
// A page is up to 500 leads, in the order of their ids: a lead that the change moves out of the rule or into it is met
// once. The page's leads and time are stored before their commands are written (job_log.h), and a command's id comes
// from those of the job and the lead. So a page that a kill has cut off is the same page, and its commands count once.
// A later erasure wins, because it is later than the commands.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "processor/base/clock.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/json.h"
#include "processor/http/handler.h"
#include "processor/serve/access/job_log.h"
#include "processor/serve/api/jobs/job_worker.h"
#include "processor/serve/api/reads/lead_selection.h"
#include "processor/serve/api/request/routes.h"
#include "processor/serve/api/writes/page_writer.h"
#include "processor/serve/runs/run_client.h"
#include "schemas/codec/records.h"

namespace leadpulse::serve {

struct BulkAction {
  const Route* route = nullptr;  // makes the same change of one contact
  std::string json;              // its body, checked
};

// Reads the members `action` and `body`. The problem names their error, as the route would. `known` are the declared
// topics.
std::variant<BulkAction, http::Response> ReadBulkAction(const Json& body, const v1::OptOut& known, Instant now);

// Makes the command or event for one lead. `address`: the lead's, for a topic. `id`: of the command or event.
Result<codec::Record> RecordOf(const BulkAction& action, const LeadKey& key, const std::string& address,
                               const std::string& id, const std::string& actor, Instant at);

// Returns the request as a job stores it. ReadStoredBulk reads it; Rejected if it cannot, because another version wrote
// it.
std::string StoredBulk(const BulkAction& action, const LeadSelection& selection);
struct BulkJobRequest {
  BulkAction action;
  LeadSelection selection;
};
Result<BulkJobRequest> ReadStoredBulk(std::string_view stored);

class BulkSteps : public JobSteps {
 public:
  // Keeps the arguments, which must outlive this.
  BulkSteps(access::JobLog* jobs, PageWriter* writer, RunClient* run, const Clock* clock)
      : jobs_(*jobs), writer_(*writer), run_(*run), clock_(*clock) {}

  Result<bool> Step(access::Job* job) override;
  void Abandon(const access::Job& /*job*/) override {}

 private:
  struct Page;
  // Finds the leads after the job's place, and advances it, as NextOfIds does.
  Result<Page> NextFound(const LeadSelection& selection, access::Job* job);
  Result<Page> NextOfIds(const LeadSelection& selection, access::Job* job);

  access::JobLog& jobs_;
  PageWriter& writer_;
  RunClient& run_;
  const Clock& clock_;
};

}  // namespace leadpulse::serve
