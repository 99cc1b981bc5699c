#include "tools/report/wording.h"

#include <algorithm>
#include <cstdio>

#include "processor/embedded/progress.h"

namespace leadpulse::report {

std::string Grouped(uint64_t number) { return embedded::GroupDigits(number); }

std::string GroupedSigned(int64_t number) {
  if (number >= 0) return Grouped(static_cast<uint64_t>(number));
  return "-" + Grouped(static_cast<uint64_t>(-number));
}

std::string Percent(std::optional<double> rate) {
  if (!rate) return "–";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f%%", *rate * 100);
  return text;
}

std::string Leads(uint64_t number) { return Grouped(number) + (number == 1 ? " lead" : " leads"); }

std::string StageTitle(Stage stage) { return stage == Stage::kFollowUp ? "follow-up" : std::string(StageName(stage)); }

std::string BarTitle(const HistogramBar& bar) {
  if (!bar.from && !bar.to) return "all";
  if (!bar.from) return GroupedSigned(*bar.to - 1) + " or less";
  if (!bar.to) return GroupedSigned(*bar.from) + " or more";
  if (*bar.from == *bar.to - 1) return GroupedSigned(*bar.from);
  return GroupedSigned(*bar.from) + " to " + GroupedSigned(*bar.to - 1);
}

std::string PeriodTitle(const Period& period) {
  if (period.from && period.to) return "from " + FormatRfc3339(*period.from) + " until " + FormatRfc3339(*period.to);
  if (period.from) return "from " + FormatRfc3339(*period.from) + " on";
  if (period.to) return "until " + FormatRfc3339(*period.to);
  return "in all changes";
}

std::vector<const SegmentReport*> LargestSegments(const TenantReport& tenant, size_t most) {
  std::vector<const SegmentReport*> largest;
  for (const SegmentReport& segment : tenant.segments) largest.push_back(&segment);
  std::stable_sort(largest.begin(), largest.end(),
                   [](const SegmentReport* a, const SegmentReport* b) { return a->leads > b->leads; });
  if (largest.size() > most) largest.resize(most);
  return largest;
}

std::vector<std::string> Definitions() {
  return {
      ("Reached: leads in the stage or a later one. To the next: what share of them reached the next stage, too. "
       "Lost and archived leads are apart: nobody knows how far they came."),
      ("Moved on, in a period: moves to any later stage, over the leads that were in the stage at its beginning or "
       "came into it. A lead that comes twice counts twice."),
      ("Assigned: leads with the campaign in their profile. Mailed: with a sent, a delivered or a bounce of it. Not "
       "bounced: with an address, whose e-mail status is not bounced."),
      ("Opened, clicked, replied, unsubscribed, complained: distinct leads with at least one such event of the "
       "campaign; events that were taken back do not count. Unsubscribes and complaints are counted apart."),
      ("Without machines: opens and clicks of people. With machines: those of mail privacy proxies and link "
       "scanners, too, which is what most platforms show."),
      ("Rates are of distinct leads: over those delivered to, or sent to where the platform does not report "
       "deliveries; delivered and bounced over those mailed; clicks per open over those who opened. Above 100%: "
       "sends or deliveries were not reported."),
      ("Campaigns are told over their whole life, whatever the period, from the events that the journals hold. In "
       "(all mail) each lead counts once, whatever the campaigns; in (other campaigns) once for each.")};
}

}  // namespace leadpulse::report
