// Providers for web forms and senders of one's own: a mapping says how their posts become records. They are not among
// Providers(): each mapping makes one.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/webhooks/provider.h"

namespace leadpulse::webhooks {

struct LoadedGenericProvider {
  std::unique_ptr<const Provider> provider;        // null if there are errors
  std::vector<config::DefinitionsProblem> errors;  // in the order of the file
};

LoadedGenericProvider LoadGenericProvider(std::string_view yaml);

}  // namespace leadpulse::webhooks
