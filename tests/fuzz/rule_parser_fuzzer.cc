// Any bytes give a rule or an error. A rule prints as text that parses to the same tree.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "processor/base/assert.h"
#include "processor/rules/language/parser.h"
#include "processor/rules/language/printer.h"
#include "tests/support/same_tree.h"

namespace leadpulse::rules {
namespace {

void CheckError(std::string_view text, const RuleError& error) {
  LP_ASSERT(error.span.begin <= error.span.end && error.span.end <= text.size());
  LP_ASSERT(!error.message.empty());
  LP_ASSERT(!RenderRuleError(text, error).empty());
}

// Whether a rule's normal form is too long. That of a rule near the length limit may be.
bool IsTooLong(const std::string& printed) { return printed.size() > kMaxRuleBytes; }

void FuzzRule(std::string_view text) {
  const auto parsed = ParseRule(text);
  if (const auto* error = std::get_if<RuleError>(&parsed)) return CheckError(text, *error);
  const std::string printed = PrintNode(*std::get<Rule>(parsed).root);
  if (IsTooLong(printed)) return;
  const auto again = ParseRule(printed);
  LP_ASSERT(std::holds_alternative<Rule>(again));
  LP_ASSERT(SameTree(*std::get<Rule>(parsed).root, *std::get<Rule>(again).root));
  LP_ASSERT(PrintNode(*std::get<Rule>(again).root) == printed);
}

void FuzzStep(std::string_view text) {
  const auto parsed = ParseStep(text);
  if (const auto* error = std::get_if<RuleError>(&parsed)) return CheckError(text, *error);
  const std::string printed = PrintStep(std::get<Step>(parsed));
  if (IsTooLong(printed)) return;
  const auto again = ParseStep(printed);
  LP_ASSERT(std::holds_alternative<Step>(again));
  LP_ASSERT(SameStep(std::get<Step>(parsed), std::get<Step>(again)));
}

void FuzzDuration(std::string_view text) {
  const std::optional<Millis> duration = ParseDuration(text);
  LP_ASSERT(!duration || (duration->count() >= 0 && duration->count() <= kMaxDurationDays * 86'400'000));
}

}  // namespace
}  // namespace leadpulse::rules

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  leadpulse::rules::FuzzRule(text);
  leadpulse::rules::FuzzStep(text);
  leadpulse::rules::FuzzDuration(text);
  return 0;
}
