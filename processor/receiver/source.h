// One webhook that is served: its path, who posts to it, for which tenant, and how it is known to be them.
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
  // With the secret in use, then with the one that it replaces. A post must pass one of them; empty: everybody may
  // post.
  std::vector<std::shared_ptr<webhooks::SignatureCheck>> signatures;
};

}  // namespace leadpulse::receiver
