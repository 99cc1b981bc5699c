// Any bytes as a definitions file never crash. Loaded definitions can be written, load again, and are then the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/definitions_loader.h"
#include "processor/base/assert.h"

namespace {

using leadpulse::config::LoadDefinitions;
using leadpulse::config::LoadedDefinitions;
using leadpulse::config::RenderProblem;

void CheckOrder(const std::string_view severity, const std::vector<leadpulse::config::DefinitionsProblem>& problems) {
  for (size_t i = 0; i < problems.size(); ++i) {
    LP_ASSERT(!problems[i].message.empty());
    LP_ASSERT(!RenderProblem("file", severity, problems[i]).empty());
    if (i > 0 && problems[i].line > 0) LP_ASSERT(problems[i - 1].line <= problems[i].line);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const LoadedDefinitions loaded = LoadDefinitions({reinterpret_cast<const char*>(data), size});
  LP_ASSERT((loaded.definitions == nullptr) != loaded.errors.empty());
  CheckOrder("error", loaded.errors);
  CheckOrder("warning", loaded.warnings);
  if (loaded.definitions == nullptr) return 0;

  const std::string shown = ShowDefinitions(*loaded.definitions);
  const LoadedDefinitions again = LoadDefinitions(shown);
  LP_ASSERT(again.definitions != nullptr);
  LP_ASSERT(ShowDefinitions(*again.definitions) == shown);
  return 0;
}
