// One webhook: its path, its provider, the tenant, and how posts are authenticated.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "processor/webhooks/provider.h"
#include "processor/webhooks/signature.h"

namespace leadpulse::receiver {

struct Source {
  std::string path;
  std::shared_ptr<const webhooks::Provider> provider;
  webhooks::ConversionOptions options;
  // With the current secret, then with the previous one. A post must pass one of them; empty: everybody may post.
  std::vector<webhooks::SignatureCheck> signatures;
  std::string challenge_secret = {};  // signs challenges, if the provider wants that; else empty
};

}  // namespace leadpulse::receiver
