// The description of the API for programs: OpenAPI 3.1, made from the routes.
#pragma once

#include <string>
#include <string_view>

namespace leadpulse::serve {

// Served without a token.
inline constexpr std::string_view kOpenApiPath = "/openapi.json";

std::string OpenApiJson();

}  // namespace leadpulse::serve
