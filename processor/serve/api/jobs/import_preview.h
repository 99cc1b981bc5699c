// What an upload would do, before it is run.
#pragma once

#include <cstdint>

#include "processor/base/json_object.h"
#include "processor/base/status.h"
#include "processor/serve/api/jobs/import_request.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

// Rows that a preview reads. For a longer file it says `complete: false`.
inline constexpr uint64_t kPreviewRows = 20'000;

// Appends the members `encoding`, `delimiter`, `columns` and `preview` to an object; in place of a preview, `problem`
// says why the columns cannot be used, and `columns` has what they seem to be, with the first row. Reads the upload
// from its beginning and asks the run about the rows. Retriable: the run does not answer. Rejected: the file cannot be
// read to its end.
Status AppendPreview(OpenUpload* upload, RunClient* run, JsonObject* object);

}  // namespace leadpulse::serve
