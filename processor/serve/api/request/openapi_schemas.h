// The schemas of the OpenAPI document: what requests and answers look like.
#pragma once

#include <string_view>
#include <vector>

#include "processor/serve/api/request/routes.h"

#include <nlohmann/json.hpp>

namespace leadpulse::serve::openapi {

using Document = nlohmann::ordered_json;

// Returns the schema of a type of JSON, or of `strings` for an array of them.
Document SchemaOf(std::string_view type);
Document ObjectOf(const std::vector<BodyMember>& members);
// Returns the schemas by name, as `#/components/schemas/NAME` refers to them.
Document Schemas();

}  // namespace leadpulse::serve::openapi
