#include "processor/serve/queries/token_gate.h"

#include "processor/webhooks/digests.h"

namespace leadpulse::serve {

http::HeadDecision TokenGate::CheckHead(const http::Request& head) {
  if (!token_.empty() && !webhooks::SameSecret(http::HeaderOf(head.headers, "authorization"), "Bearer " + token_)) {
    return {.answer = http::Answer{http::kUnauthorized, "the token is missing or wrong\n"}};
  }
  return inside_.CheckHead(head);
}

}  // namespace leadpulse::serve
