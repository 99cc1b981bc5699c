// Converts cells to values of attributes. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/base/status.h"
#include "processor/base/value.h"
#include "processor/importing/columns.h"

namespace leadpulse::importing {

// Converts a trimmed cell that is not empty to the column's declared type, or to a text if there is none. Rejected,
// with the end of a sentence that begins with the cell.
Result<Value> ReadValue(std::string_view cell, const Column& column, const ImportOptions& options);

// `vip; trial` as two: by `;` where there is one, else by `,`. Quotes around a name are left out.
std::vector<std::string> SplitNames(std::string_view cell);

}  // namespace leadpulse::importing
