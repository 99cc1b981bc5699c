// The pages of an import: upload, columns with a preview, progress. Parameter and field `import`: its id; `kind`: what
// its rows are, as the API names it (contacts, unless it is given).
#pragma once

#include "processor/http/handler.h"
#include "processor/serve/pages/page_request.h"

namespace leadpulse::serve {

http::Answer ShowImport(const PageRequest& request);
// PageRequest::upload has the file.
http::Answer UploadImport(const PageRequest& request);
// What the columns become as they are guessed, and what the import would do.
http::Answer ShowColumns(const PageRequest& request);
// Field `what`: `preview`, or `run`. Fields `column`, `was` and `meaning` are of one column each, in their order: the
// name, what was guessed, and what it becomes; an empty `meaning` leaves the column out. If `kind` differs from
// `kind_was`, the page shows new guesses for the columns.
http::Answer RunImport(const PageRequest& request);
// Loads itself again until the import is over.
http::Answer ShowProgress(const PageRequest& request);
http::Answer DownloadWrongRows(const PageRequest& request);

}  // namespace leadpulse::serve
