#include "processor/view/quality.h"

#include <algorithm>

#include "processor/base/text.h"
#include "processor/rules/evaluation/evaluator.h"

namespace leadpulse::view {
namespace {

bool AttributeIsSet(const state::Lead& lead, const config::QualityPoints& entry) {
  if (entry.is_email) return rules::HasEmail(lead);
  const auto found = lead.profile.attributes.find(entry.name);
  return found != lead.profile.attributes.end() && !IsUnset(found->second.converted);
}

// Returns a source's name: a string case-folded, a number or boolean in its JSON spelling; empty for lists and structs.
std::string SourceName(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return FoldCase(*text);
  if (const auto* number = std::get_if<Number>(&value)) return number->Spelling();
  if (const auto* boolean = std::get_if<bool>(&value)) return *boolean ? "true" : "false";
  return {};
}

// Returns the points for the lead's source; null if it gives none.
const config::QualityPoints* SourceEntry(const state::Lead& lead, const config::Quality& quality) {
  if (lead.profile.attributes.empty() || quality.sources.empty()) return nullptr;
  const auto found = lead.profile.attributes.find(std::string_view("source"));
  if (found == lead.profile.attributes.end()) return nullptr;
  const std::string source = SourceName(found->second.converted);
  const auto entry = std::ranges::find(quality.sources, source, &config::QualityPoints::name);
  return entry == quality.sources.end() ? nullptr : &*entry;
}

// Calls `add` with kind, name and points of each part of the profile.
template <typename Add>
void ForEachPartOfProfile(const state::Lead& lead, const config::Quality& quality, const Add& add) {
  for (const config::QualityPoints& entry : quality.attributes) {
    if (AttributeIsSet(lead, entry)) add("", entry.name, entry.points);
  }
  if (const config::QualityPoints* source = SourceEntry(lead, quality)) add("source ", source->name, source->points);
}

int64_t EngagementPart(int64_t score, const config::Quality& quality) {
  if (quality.engagement_full_at <= 0) return 0;
  const int64_t engaged = std::clamp<int64_t>(score, 0, quality.engagement_full_at);
  return engaged * quality.engagement_weight / quality.engagement_full_at;
}

}  // namespace

int64_t ProfileQuality(const state::Lead& lead, const config::Quality& quality) {
  if (lead.profile.attributes.empty()) return rules::HasEmail(lead) ? quality.email_points : 0;
  int64_t sum = 0;
  ForEachPartOfProfile(lead, quality, [&](std::string_view, std::string_view, int64_t points) { sum += points; });
  return sum;
}

int64_t QualityOf(int64_t profile_quality, int64_t score, const config::Quality& quality) {
  return std::clamp<int64_t>(profile_quality + EngagementPart(score, quality), 0, 100);
}

std::vector<QualityPart> QualityParts(const state::Lead& lead, int64_t score, const config::Quality& quality) {
  std::vector<QualityPart> parts;
  const auto add = [&](std::string_view kind, std::string_view name, int64_t points) {
    if (points != 0) parts.push_back({std::string(kind) + std::string(name), points});
  };
  ForEachPartOfProfile(lead, quality, add);
  add("", "engagement", EngagementPart(score, quality));
  return parts;
}

int64_t QualificationOf(const state::Profile& profile, int64_t quality) {
  return profile.qualification ? *profile.qualification : quality;
}

}  // namespace leadpulse::view
