#include "processor/rules/language/ast.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

namespace leadpulse::rules {
namespace {

// In the order of BuiltIn.
constexpr std::array<std::string_view, 28> kNames = {
    "score",        "tier",           "email_status", "stage",        "status",       "quality",        "qualification",
    "agent",        "do_not_contact", "sendable",     "created",      "last_sent",    "last_delivered", "last_opened",
    "last_clicked", "last_replied",   "last_bounced", "last_visited", "last_engaged", "sends",          "opens",
    "clicks",       "replies",        "bounces",      "visits",       "tags",         "lists",          "campaigns"};
static_assert(kNames.size() == static_cast<size_t>(BuiltIn::kCampaigns) + 1);

constexpr std::array<std::pair<std::string_view, BuiltIn>, 3> kAliases = {
    {{"lead_score", BuiltIn::kScore}, {"last_opened_email", BuiltIn::kLastOpened}, {"lead_status", BuiltIn::kStatus}}};

}  // namespace

std::string_view BuiltInName(BuiltIn field) { return kNames[static_cast<size_t>(field)]; }

std::optional<BuiltIn> BuiltInFromName(std::string_view normalized) {
  const auto name = std::find(kNames.begin(), kNames.end(), normalized);
  if (name != kNames.end()) return static_cast<BuiltIn>(name - kNames.begin());
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
