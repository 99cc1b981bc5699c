// The changes of several runs as those of one, for streams (ReadChanges in query.proto).
//
// The position of a stream is that of each run, in the order of the settings. A run that does not answer keeps its
// position, and the stream goes on with the changes of the others; a run that comes back does not know it and answers
// with a reset.
#pragma once

#include <optional>
#include <vector>

#include "leadpulse/v1/query.pb.h"

namespace leadpulse::serve {

// The query for each of `runs` runs.
std::vector<v1::ReadChanges> SplitChanges(const v1::ReadChanges& request, size_t runs);
// `pages`: of each run, in the same order; nullopt: it does not answer.
v1::ChangePages MergeChanges(const v1::ReadChanges& request, const std::vector<std::optional<v1::ChangePages>>& pages);

}  // namespace leadpulse::serve
