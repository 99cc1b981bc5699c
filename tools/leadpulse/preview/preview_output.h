// A preview for people and for programs.
#pragma once

#include <string>

#include "processor/query/preview/preview.h"

namespace leadpulse::tools {

// Tables for a terminal of 100 columns. Control characters in names are escaped.
std::string PreviewText(const query::Preview& preview);

// One JSON object and a line end, with everything that the text has, uncut.
std::string PreviewJson(const query::Preview& preview);

}  // namespace leadpulse::tools
