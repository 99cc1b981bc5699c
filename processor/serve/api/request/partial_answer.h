// Says of an answer that it is about a part of the leads, because runs do not answer, or that it took long, because
// they are still being indexed.
#pragma once

#include "google/protobuf/repeated_field.h"
#include "processor/base/json_object.h"
#include "processor/http/handler.h"

namespace leadpulse::serve {

using MissingPartitions = google::protobuf::RepeatedField<uint32_t>;

// Adds the members `partial` and `missingPartitions`; if no partition is missing, none.
void AppendMissing(const MissingPartitions& missing, JsonObject* object);
// The same, and the member `indexing` while the index is not ready.
template <typename Answer>
void AppendRunState(const Answer& answer, JsonObject* object) {
  AppendMissing(answer.missing_partitions(), object);
  if (answer.has_indexing()) object->Number("indexing", answer.indexing());
}
// The header `Leadpulse-Partial`, for answers that are no JSON; if no partition is missing, none.
void AddMissingHeader(const MissingPartitions& missing, http::Answer* answer);

}  // namespace leadpulse::serve
