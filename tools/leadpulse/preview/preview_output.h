// A preview for the command line: made with warnings and progress on standard error, printed for people and for
// programs.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "processor/base/json_object.h"
#include "processor/query/preview/preview.h"

namespace leadpulse::tools {

// Previews definitions as replay::PreviewDefinitions does; nullopt if a signal stopped it.
Result<std::optional<query::Preview>> PreviewDefinitions(const std::string& state,
                                                         std::shared_ptr<const config::Definitions> definitions,
                                                         std::optional<Instant> at);

// Renders tables for a terminal of 100 columns. Control characters in names are escaped.
std::string PreviewText(const query::Preview& preview);

// Renders one JSON object and a line end, with everything in the text, uncut. `add`, if any, adds members after `at`.
std::string PreviewJson(const query::Preview& preview, const std::function<void(JsonObject*)>& add = nullptr);

}  // namespace leadpulse::tools
