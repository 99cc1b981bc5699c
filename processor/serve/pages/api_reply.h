// What the API answers to a page.
#pragma once

#include <string>

#include "processor/serve/pages/page_request.h"
#include "processor/webhooks/json.h"

namespace leadpulse::serve {

struct ApiReply {
  unsigned int code = 0;
  webhooks::Json json;  // of a refusal: `code`, `detail`, `field` (RFC 9457)

  bool is_done() const { return code < 300; }
  // The write is durable, but not yet applied.
  bool is_late() const { return code == http::kAccepted; }
  // Why not, as a sentence for people.
  std::string sentence() const;
};

// As the user of the request.
ApiReply CallApi(const ApiCall& call, const PageRequest& request, const PageParts& parts);
// What the API answers, as it is: a file to store. A refusal is a page with its sentence.
http::Answer Download(const ApiCall& call, const PageRequest& request, const PageParts& parts);

}  // namespace leadpulse::serve
