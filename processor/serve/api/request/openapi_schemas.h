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
// Returns the schema of the values of `type` that fit `form`: that of a BodyMember or a Parameter.
Document WithForm(std::string_view type, std::string_view form);
// Returns the schema of a body. One with choices is one of several objects.
Document BodySchemaOf(const Route& route);
// Returns the schemas by name, as `#/components/schemas/NAME` refers to them.
Document Schemas();

}  // namespace leadpulse::serve::openapi
