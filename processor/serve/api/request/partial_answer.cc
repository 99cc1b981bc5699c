#include "processor/serve/api/request/partial_answer.h"

#include "absl/strings/str_join.h"

namespace leadpulse::serve {

void AppendMissing(const MissingPartitions& missing, JsonObject* object) {
  if (missing.empty()) return;
  object->Boolean("partial", true);
  *object->Key("missingPartitions") += "[" + absl::StrJoin(missing, ",") + "]";
}

void AddMissingHeader(const MissingPartitions& missing, http::Answer* answer) {
  if (missing.empty()) return;
  answer->headers.emplace_back("Leadpulse-Partial", "partitions " + absl::StrJoin(missing, ", "));
}

}  // namespace leadpulse::serve
