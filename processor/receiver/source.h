// One webhook that is served: its path, who posts to it, for which tenant, and how it is known to be them.
#pragma once

#include <memory>
#include <string>

#include "processor/webhooks/provider.h"
#include "processor/webhooks/signature.h"

namespace leadpulse::receiver {

struct Source {
  std::string path;
  std::shared_ptr<const webhooks::Provider> provider;
  webhooks::ConversionOptions options;
  std::shared_ptr<webhooks::SignatureCheck> signature;  // null: everybody may post
};

}  // namespace leadpulse::receiver
