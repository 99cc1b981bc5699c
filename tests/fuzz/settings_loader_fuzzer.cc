// Any bytes as a settings file never crash, and no problem shows a value from the environment.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/settings_loader.h"
#include "processor/base/assert.h"

namespace {

using leadpulse::config::DefinitionsProblem;
using leadpulse::config::RenderProblem;

constexpr std::string_view kMarker = "hUnTeR2-lOnG-eNoUgH";

// Sets every variable, some to values that are valid somewhere.
std::optional<std::string> FromNowhere(const std::string& name) {
  if (name == "NONE") return std::nullopt;
  return name == "SEVEN" ? "7" : std::string(kMarker);
}

void Check(std::string_view severity, const std::vector<DefinitionsProblem>& problems, bool marker_is_in_file) {
  for (const DefinitionsProblem& problem : problems) {
    LP_ASSERT(!problem.message.empty());
    const std::string shown = RenderProblem("file", severity, problem);
    LP_ASSERT(marker_is_in_file || shown.find(kMarker) == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto loaded = leadpulse::config::LoadSettings(text, FromNowhere);
  LP_ASSERT(loaded.settings.has_value() == loaded.errors.empty());
  const bool marker_is_in_file = text.find(kMarker) != std::string_view::npos;
  Check("error", loaded.errors, marker_is_in_file);
  Check("warning", loaded.warnings, marker_is_in_file);
  return 0;
}
