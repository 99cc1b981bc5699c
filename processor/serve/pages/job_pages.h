// The page of jobs.
#pragma once

#include "processor/http/handler.h"
#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

// What templates show of a job, as the API describes it.
PageData JobRow(const webhooks::Json& job);

http::Answer ShowJobs(const PageRequest& request);
// Sends the file of the export that the parameter `job` names.
http::Answer DownloadExport(const PageRequest& request);
// Cancels the job that the field `job` names.
http::Answer CancelJob(const PageRequest& request);

}  // namespace leadpulse::serve
