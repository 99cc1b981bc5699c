// A preview for people and for programs.
#pragma once

#include <string>

#include "processor/query/preview/preview.h"

namespace leadpulse::tools {

// Tables for a terminal of 100 columns. Names that come with the leads cannot steer it.
std::string PreviewText(const query::Preview& preview);

// One JSON object and a line end. It has all that the text has, uncut.
std::string PreviewJson(const query::Preview& preview);

}  // namespace leadpulse::tools
