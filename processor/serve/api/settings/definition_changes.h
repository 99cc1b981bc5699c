// The answers and conditions of requests that change definitions.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "config/definitions.h"
#include "config/definitions_loader.h"
#include "config/rule_check.h"
#include "leadpulse/v1/query.pb.h"
#include "processor/http/handler.h"
#include "processor/serve/api/request/write_headers.h"

namespace leadpulse::serve {

// 422 with every error of the checker: `errors`, each with line, column, path and message.
http::Answer WrongDefinitions(const std::vector<config::DefinitionsProblem>& errors);
// `[{"line":1,…}]`
std::string ProblemsJson(const std::vector<config::DefinitionsProblem>& problems);

// 422 with every error of a segment's rule: `errors`, each with line, column and message.
http::Answer WrongRule(const std::vector<config::RuleProblem>& errors);

// The answer of a preview.
http::Answer PreviewAnswer(const v1::SegmentPreview& preview);

// Depends on name and rule alone.
std::string VersionOfSegment(const config::Segment& segment);

// 428: If-Match is missing.
http::Answer VersionRequired();
// Reads If-Match of a request that needs it. The problem says what is missing.
std::variant<ExpectedVersions, http::Answer> RequiredVersions(const std::string& if_match);
// 412: `current` is the version that is there; empty: there is none.
http::Answer InConflict(const std::string& current);

}  // namespace leadpulse::serve
