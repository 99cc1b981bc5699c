#include "processor/serve/api/problem.h"

#include <string>

#include "processor/base/json_object.h"

namespace leadpulse::serve {

http::Answer Problem(unsigned int status, std::string_view code, std::string_view detail, std::string_view field) {
  std::string body;
  JsonObject problem(&body);
  problem.Text("type", "about:blank");
  problem.Number("status", status);
  problem.Text("code", code);
  problem.Text("detail", detail);
  if (!field.empty()) problem.Text("field", field);
  problem.End();
  return {status, std::move(body), "application/problem+json"};
}

}  // namespace leadpulse::serve
