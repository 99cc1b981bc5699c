#include "tools/report/wording.h"

#include <algorithm>
#include <cstdio>

#include "processor/base/text.h"

namespace leadpulse::report {
namespace {

std::string FoldedNote(const FoldedCounts& folded) {
  std::string types;
  for (EventType type : kCountedTypes) {
    const uint64_t events = folded.events[static_cast<size_t>(type)];
    if (events == 0) continue;
    types += (types.empty() ? "" : ", ") + Grouped(events) + " " + std::string(EventTypeName(type));
  }
  return Leads(folded.leads) + " had more events than a journal keeps (journal: max_entries). Only counts remain of " +
         "the older ones, which are in no campaign's numbers" + (types.empty() ? "." : ": " + types + ".");
}

std::string BeforeChangesNote(int64_t leads) {
  if (leads < 0) {
    return "The changes tell of " + Leads(static_cast<uint64_t>(-leads)) +
           " more than the state has: they are not those of this state, or of a later time. What is said of the past "
           "is not right; give the changes.jsonl that belongs to the state.";
  }
  return "The changes do not tell how " + Leads(static_cast<uint64_t>(leads)) +
         " came to be: older ones are missing. The numbers are counted back from the state, and stay as they are "
         "before the first change that is given.";
}

}  // namespace

std::string Grouped(uint64_t number) { return GroupDigits(number); }

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
  std::ranges::stable_sort(largest, [](const SegmentReport* a, const SegmentReport* b) { return a->leads > b->leads; });
  if (largest.size() > most) largest.resize(most);
  return largest;
}

std::vector<CampaignRow> CampaignRows(const TenantReport& tenant, size_t most, CampaignCounts* rest) {
  std::vector<CampaignRow> rows;
  const size_t shown = std::min(tenant.campaigns.size(), most);
  for (size_t i = 0; i < shown; ++i) rows.emplace_back(tenant.campaigns[i].id, &tenant.campaigns[i].counts);
  *rest = tenant.of_other_campaigns;
  for (size_t i = shown; i < tenant.campaigns.size(); ++i) *rest += tenant.campaigns[i].counts;
  if (rest->leads > 0) rows.emplace_back("(other campaigns)", rest);
  if (tenant.without_campaign.leads > 0) rows.emplace_back("(no campaign)", &tenant.without_campaign);
  if (!rows.empty()) rows.emplace_back("(all mail)", &tenant.all_mail);
  return rows;
}

std::vector<AddressRow> AddressRows(const TenantReport& tenant) {
  const query::AddressCounts& addresses = tenant.addresses;
  if (addresses == query::AddressCounts()) return {};
  const uint64_t without = tenant.leads - tenant.with_address;
  return {{"address of their own", tenant.with_address - addresses.sharing - addresses.without_room,
           tenant.sendable - addresses.sendable},
          {"shared address", addresses.sharing, addresses.sendable},
          {"beyond 1,000 leads", addresses.without_room, 0},
          {"no address", without, 0}};
}

std::string AddressSentence(const TenantReport& tenant) {
  const query::AddressCounts& addresses = tenant.addresses;
  std::string text;
  if (addresses.shared > 0) {
    text = Grouped(addresses.shared) + (addresses.shared == 1 ? " address is" : " addresses are") +
           " shared by two or more leads: `leadpulse duplicates` lists them.";
  }
  if (addresses.hidden_mailboxes > 0) {
    text += (text.empty() ? "" : " ") + Grouped(addresses.hidden_mailboxes) +
            (addresses.hidden_mailboxes == 1 ? " address is no lead" : " addresses are no leads") +
            " of their own: what is reported for them counts for the leads that have them.";
  }
  return text;
}

std::vector<std::string> Definitions() {
  return {
      ("Reached: leads in the stage or a later one. To the next: what share of them reached the next stage, too. "
       "Lost and archived leads are separate: nobody knows how far they came."),
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

std::vector<std::string> NotesOn(const TenantReport& tenant) {
  std::vector<std::string> notes;
  if (tenant.with_address < tenant.leads) {
    notes.push_back(Leads(tenant.leads - tenant.with_address) +
                    " without an e-mail address, neither as the attribute email nor as id: not among those that may be "
                    "mailed.");
  }
  if (tenant.addresses.without_room > 0) {
    notes.push_back(Leads(tenant.addresses.without_room) +
                    " beyond the first 1,000 of an address: nothing that is reported for it reaches them, and they are "
                    "not among those that may be mailed. `leadpulse duplicates` names the address, which is probably "
                    "a placeholder; take it out of these profiles.");
  }
  if (!tenant.history) {
    notes.push_back(
        "Moves between stages, tiers over time and flows of segments are not in this report: give the changes.jsonl of "
        "the state's outputs with --changes.");
  } else if (tenant.history->leads_before_changes != 0) {
    notes.push_back(BeforeChangesNote(tenant.history->leads_before_changes));
  }
  if (tenant.folded.leads > 0) notes.push_back(FoldedNote(tenant.folded));
  if (tenant.other_campaigns > 0) {
    notes.push_back("There are more than " + Grouped(kMaxCampaigns) +
                    " campaigns. Those met after the first ones are summed, a lead counting for each of them.");
  }
  return notes;
}

}  // namespace leadpulse::report
