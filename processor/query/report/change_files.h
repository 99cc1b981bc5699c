// Files of changes, read line by line: as `run` writes them, or as they were saved from a topic, also with .gz or .zst.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/status.h"
#include "schemas/codec/records.h"

namespace leadpulse::report {

// Called with the lines that are not blank, without their LF. An error of it is given file and line.
using TakeLine = std::function<Status(std::string_view)>;

// Errors name the file: one that cannot be read, and a line that is longer than any change.
Status ForEachLine(const std::string& path, const TakeLine& take);

// Every change of the files, in their order. A line that is none is rejected with file and line.
Status ForEachChange(const std::vector<std::string>& paths, const std::function<Status(const codec::Change&)>& take);

}  // namespace leadpulse::report
