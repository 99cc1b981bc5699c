// How complete and how promising a lead's profile is, 0–100.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "state/lead/lead.h"

namespace leadpulse::view {

struct QualityPart {
  std::string name;  // `company_name`, `source referral`, `engagement`
  int64_t points = 0;
};
// Returns the parts that give points.
std::vector<QualityPart> QualityParts(const state::Lead& lead, int64_t score, const config::Quality& quality);

// Returns the sum of the parts that depend on the profile only, so that events do not change it.
int64_t ProfileQuality(const state::Lead& lead, const config::Quality& quality);
// Returns the sum of all parts, clamped to 0–100.
int64_t QualityOf(int64_t profile_quality, int64_t score, const config::Quality& quality);

// Returns the value of set_qualification, if any, else the quality.
int64_t QualificationOf(const state::Profile& profile, int64_t quality);

}  // namespace leadpulse::view
