#include "processor/rules/language/ast.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace leadpulse::rules {
namespace {

constexpr std::array<std::pair<std::string_view, BuiltIn>, 3> kAliases = {
    {{"lead_score", BuiltIn::kScore}, {"last_opened_email", BuiltIn::kLastOpened}, {"lead_status", BuiltIn::kStatus}}};

}  // namespace

std::optional<BuiltIn> BuiltInFromName(std::string_view normalized) {
  const auto found = std::ranges::find(kBuiltInFields, normalized, &BuiltInField::name);
  if (found != kBuiltInFields.end()) return static_cast<BuiltIn>(found - kBuiltInFields.begin());
  for (const auto& [alias, field] : kAliases) {
    if (alias == normalized) return field;
  }
  return std::nullopt;
}

uint64_t NewStepId() {
  static std::atomic<uint64_t> given{0};
  return ++given;
}

}  // namespace leadpulse::rules
