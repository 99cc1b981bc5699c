// How complete and how promising a lead's profile is, 0–100.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "state/lead.h"

namespace leadpulse::view {

struct QualityPart {
  std::string name;  // `company_name`, `source referral`, `engagement`
  int64_t points = 0;
};
// The parts that give points.
std::vector<QualityPart> QualityParts(const state::Lead& lead, int64_t score, const config::Quality& quality);

// Their sum, clamped to 0–100.
int64_t EvaluateQuality(const state::Lead& lead, int64_t score, const config::Quality& quality);

// What set_qualification said where it stands, else the quality.
int64_t QualificationOf(const state::Profile& profile, int64_t quality);

}  // namespace leadpulse::view
