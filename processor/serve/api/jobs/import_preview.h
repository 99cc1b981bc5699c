// What an upload would do, and what it looks like, before anything is imported.
#pragma once

#include "processor/base/json_object.h"
#include "processor/base/status.h"
#include "processor/serve/api/jobs/import_request.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

// Appends the members `encoding`, `delimiter`, `headerRow`, `findings`, `columns` and `preview` to an object. A preview
// has counts of leads by what becomes of them, and its first rows as they will be. In place of a preview, `problem`
// says why the columns cannot be used, and `columns` has their likely meaning; in both cases with a few cells. Reads
// the upload from its beginning and asks the run about the rows. Retriable if the run does not answer. Rejected if the
// file cannot be read to its end.
Status AppendPreview(OpenUpload* upload, RunClient* run, JsonObject* object);

}  // namespace leadpulse::serve
