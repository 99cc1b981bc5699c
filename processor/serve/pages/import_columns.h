// What the page of an import shows of a trial, the answer of the API to a dry run: the file, its columns, and the first
// rows as they will be.
#pragma once

#include <string>
#include <vector>

#include "processor/base/json.h"
#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/shown_number.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

// Returns the error as a sentence, with the way out of this page.
std::string InWordsOfThePage(const Json& problem);
// Returns the problem of a trial and the further ones.
std::vector<const Json*> ProblemsOf(const Json& trial);

// Adds how the file is read, and the choices of encoding and delimiter.
void AddFile(const PageRequest& request, const Json& trial, PageData* data);
// Adds a row for each column of the file: cells, a choice of meanings, how its cells are read. `shown` has the columns:
// the trial, or one without the user's changes if that was refused. `fields`: of the API, what the definitions declare.
void AddColumns(const PageRequest& request, const Json& shown, const Json& trial, const Json& fields, PageData* data);
// Adds questions about the file as a whole, and the answers to earlier ones.
void AddQuestions(const PageRequest& request, const Json& trial, PageData* data);
// Adds the first rows, with the numbers of fields that are declared as such. `fields`: as above.
void AddFirstRows(const Json& trial, const Json& fields, const ShownNumbers& numbers, PageData* data);

}  // namespace leadpulse::serve
