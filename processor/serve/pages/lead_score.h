// Why a contact has its score and quality, for its panel.
#pragma once

#include "leadpulse/v1/lead_history.pb.h"
#include "processor/serve/pages/shown_number.h"
#include "processor/serve/pages/shown_time.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

// Sets the data of lead_score.tpl: the rules that give points, each with its events, those that give none any more, and
// when time alone changes score and quality next, and to what.
void AddScore(const v1::Explanation& explanation, const ShownTimes& times, const ShownNumbers& numbers, PageData* data);

}  // namespace leadpulse::serve
