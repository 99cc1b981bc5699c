// The page of jobs.
#pragma once

#include "processor/http/handler.h"
#include "processor/serve/pages/page_request.h"

namespace leadpulse::serve {

http::Answer ShowJobs(const PageRequest& request, const PageParts& parts);
// Sends the file of the export that the parameter `job` names.
http::Answer DownloadExport(const PageRequest& request, const PageParts& parts);
// Cancels the job that the field `job` names.
http::Answer CancelJob(const PageRequest& request, const PageParts& parts);

}  // namespace leadpulse::serve
