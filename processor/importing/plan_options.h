// The options of an import as a JSON object: the body of an import request, and the plan that `leadpulse import` keeps
// as a file, in YAML. Both have the same members. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/json.h"
#include "processor/base/status.h"
#include "processor/csv/csv_reader.h"
#include "processor/importing/cell_form.h"
#include "processor/importing/import_options.h"
#include "processor/importing/problem.h"

namespace leadpulse::importing {

// How the bytes of a file become rows.
struct FileOptions {
  csv::ReadOptions csv;
  std::optional<uint64_t> header_line;  // nullopt: found
};

// Reads how the file is read: `encoding`, `delimiter`, `header_row`. A problem names the member that is wrong.
std::optional<Problem> ReadFileOptions(const Json& plan, FileOptions* file);

// Adds the other members to the options. Members that are missing change nothing. A problem names the member that is
// wrong; the types of the members are those that PlanFromYaml checks.
std::optional<Problem> ReadImportOptions(const Json& plan, ImportOptions* options);

// Parses a plan. Rejected: it is no YAML map, or has an unknown member or one of another type.
Result<Json> PlanFromYaml(std::string_view yaml);

// Returns the options as YAML that PlanFromYaml reads, with what the file showed about itself (not the offers), so that
// the next file of its kind is read in the same way without a question.
std::string PlanToYaml(const ImportOptions& options, const FileOptions& file, const std::vector<Finding>& findings);

}  // namespace leadpulse::importing
