// Jobs: how far each has come.
#pragma once

#include "processor/http/handler.h"
#include "processor/serve/pages/page_request.h"

namespace leadpulse::serve {

http::Answer ShowJobs(const PageRequest& request, const PageParts& parts);
// The file of the export `job`.
http::Answer DownloadExport(const PageRequest& request, const PageParts& parts);
// `job`.
http::Answer CancelJob(const PageRequest& request, const PageParts& parts);

}  // namespace leadpulse::serve
