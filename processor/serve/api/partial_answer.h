// Says that an answer is about a part of the leads, because runs do not answer.
#pragma once

#include "google/protobuf/repeated_field.h"
#include "processor/base/json_object.h"
#include "processor/http/handler.h"

namespace leadpulse::serve {

using MissingPartitions = google::protobuf::RepeatedField<uint32_t>;

// Adds the members `partial` and `missingPartitions`; if no partition is missing, none.
void AppendMissing(const MissingPartitions& missing, JsonObject* object);
// The header `Leadpulse-Partial`, for answers that are no JSON; if no partition is missing, none.
void AddMissingHeader(const MissingPartitions& missing, http::Answer* answer);

}  // namespace leadpulse::serve
