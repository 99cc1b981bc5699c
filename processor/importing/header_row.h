// Finds the row that names the columns, which exports write below a title or a note. Thread-safe.
#pragma once

#include <cstddef>
#include <vector>

#include "processor/importing/first_rows.h"

namespace leadpulse::importing {

// Returns the row that names the columns: one of the first that names the address above addresses; else the first one
// with as many cells as those below it, most of them filled, and no address among them. A row below the first one also
// needs an address below it. 0 if no row does.
size_t FindHeaderRow(const FirstRows& rows);

// Returns for each column of the row `header` whether the cells below it are addresses: at least one, and all that are
// not empty.
std::vector<bool> FindAddresses(const FirstRows& rows, size_t header);

}  // namespace leadpulse::importing
