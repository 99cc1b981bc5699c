// The counts by day are the sums of what was published and taken, however the records are cut into epochs, with
// restarts in between, in every time zone and around its clock changes.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "processor/base/text.h"
#include "processor/engine/day_counter.h"
#include "tests/support/engine_driver.h"

namespace leadpulse::testing::day_counts_property_test {

using rc::gen::element;
using state::DayCounts;
using state::DayCountsKey;
using state::DayScope;
using Rows = std::map<DayCountsKey, DayCounts>;

int64_t Random(int64_t low, int64_t high) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high)); }
bool Chance(int percent) { return Random(0, 100) < percent; }

std::string Definitions(const std::string& zone, int64_t click_points) {
  return "tenants: {\"*\": {timezone: " + zone +
         ", scoring: {rules: [{event: click, points: " + std::to_string(click_points) +
         ", expires_after: 3d}, {event: open, points: 15}], reset_on: [unsubscribe]}, "
         "tiers: [{name: hot, at_least: 50}, {name: warm, at_least: 20}, {name: cold}], "
         "journal: {max_entries: 6}, segments: [{id: active, rule: score > " +
         std::to_string(click_points / 2) + "}, {id: recent, rule: DID open IN LAST 2 days}]}}";
}

// The owner and the campaigns of a lead, as commands have set them.
struct Membership {
  std::string owner;
  std::set<std::string> campaigns;  // folded
};

// Feeds records to an engine, and sums up what should be counted.
class Play {
 public:
  Play(std::string zone, Instant start) : zone_(std::move(zone)), now_(start), driver_(Definitions(zone_, 30)) {}

  void Step() {
    // Mostly minutes, so that several fall on a day; at times days, and once in a while more than are kept.
    now_ = now_ + Millis{Chance(70) ? Random(0, 3'600'000) : Random(0, 86'400'000 * (Chance(5) ? 900 : 2))};
    if (Chance(10)) return Redefine();
    if (Chance(15)) Chance(50) ? driver_.Commit() : driver_.Restart();
    const LeadKey key{*element<std::string>("t", "u"), *element<std::string>("1", "2", "3")};
    Chance(30) ? FeedCommand(key) : FeedEvent(key);
  }

  void Check() {
    driver_.Commit();
    std::erase_if(expected_,
                  [this](const auto& row) { return row.first.day < engine::FirstCountedDay(driver_.clock()); });
    Rows counted;
    const Status visited =
        driver_.store().VisitDayCounts(PartitionId{0}, [&](std::string_view key, std::string_view row) {
          counted.emplace(state::ParseDayCountsKey(key).value(), state::DecodeDayCounts(row).value());
          return true;
        });
    RC_ASSERT(visited.ok());
    RC_ASSERT(counted == expected_);
  }

 private:
  void FeedEvent(const LeadKey& key) {
    const auto name = *element<std::string>("SENT", "DELIVERED", "OPEN", "CLICK", "CLICK", "BOUNCE", "UNSUBSCRIBE");
    const EventType type = EventTypeFromName(AsciiLower(name)).value();
    const Instant at = Chance(80) ? now_ : now_ - Millis{Random(0, 86'400'000 * 3)};
    const std::string campaign = *element<std::string>("", "Spring", "SPRING", "fall");
    const std::string id = std::to_string(Chance(90) ? ++last_id_ : Random(0, last_id_ + 1));
    const uint64_t taken = driver_.counters().events;
    const Membership& member = members_[key];
    Feed(R"({"event":{"tenantId":")" + key.tenant + R"(","leadId":")" + key.lead + R"(","eventId":"e)" + id +
             R"(","type":")" + name + R"(","occurredAt":")" + FormatRfc3339(at) + R"(","campaignId":")" + campaign +
             "\"}}",
         key, member);
    if (driver_.counters().events == taken) return;
    std::vector<DayCountsKey> scopes = {{DayOf(at), key.tenant}};
    if (!member.owner.empty()) scopes.push_back({DayOf(at), key.tenant, DayScope::kOwner, member.owner});
    if (!campaign.empty()) scopes.push_back({DayOf(at), key.tenant, DayScope::kCampaign, FoldCase(campaign)});
    for (const DayCountsKey& scope : scopes) ++expected_[scope].events[static_cast<size_t>(type)];
  }

  void FeedCommand(const LeadKey& key) {
    Membership member = members_[key];
    std::string action;
    if (Chance(40)) {
      member.owner = *element<std::string>("", "ann", "ben");
      action = R"("assignAgent":{"agentId":")" + member.owner + "\"}";
    } else if (Chance(70)) {
      const std::string campaign = *element<std::string>("Spring", "spring", "fall");
      const bool assigns = Chance(70);
      if (assigns) member.campaigns.insert(FoldCase(campaign));
      if (!assigns) member.campaigns.erase(FoldCase(campaign));
      action = std::string(R"("editCampaigns":{")") + (assigns ? "assign" : "remove") + "\":[\"" + campaign + "\"]}";
    } else if (Chance(80)) {
      action = R"("setStage":{"stage":")" + *element<std::string>("NEW", "QUALIFIED", "FOLLOW_UP") + "\"}";
    } else {
      action = R"("erase":{})";
      member = {};
    }
    const Membership before = members_[key];
    Feed(R"({"command":{"tenantId":")" + key.tenant + R"(","leadId":")" + key.lead + R"(","commandId":"c)" +
             std::to_string(++last_id_) + R"(","issuedAt":")" + FormatRfc3339(now_) + "\"," + action + "}}",
         key, before, member);
    // A command at the instant of an erasure is dropped.
    if (driver_.counters().commands > commands_) members_[key] = member;
    commands_ = driver_.counters().commands;
  }

  void Feed(const std::string& json, const LeadKey& key, const Membership& before) { Feed(json, key, before, before); }
  void Feed(const std::string& json, const LeadKey& key, const Membership& before, const Membership& after) {
    const size_t published = driver_.changes().size();
    driver_.Feed(json);
    Sum(published, key, before, after);
  }

  // Counts the changes from the one of that number on, in the lead's scopes: by time before the record, others after.
  void Sum(size_t first, const LeadKey& key, const Membership& before, const Membership& after) {
    for (size_t i = first; i < driver_.changes().size(); ++i) {
      const codec::Change& change = driver_.changes()[i];
      RC_ASSERT(change.key == key);
      const Membership& member = change.cause.kind == codec::CauseKind::kTime ? before : after;
      Count(change, member);
    }
  }

  void Count(const codec::Change& change, const Membership& member) {
    const Day day = DayOf(change.at);
    const bool entered = change.kind == codec::ChangeKind::kSegmentEntered;
    if (entered || change.kind == codec::ChangeKind::kSegmentLeft) {
      state::CountedChanges& moves = ChangesIn({day, change.key.tenant, DayScope::kSegment, change.name}, change);
      ++(entered ? moves.entered : moves.left);
    }
    std::vector<DayCountsKey> scopes = {{day, change.key.tenant}};
    if (!member.owner.empty()) scopes.push_back({day, change.key.tenant, DayScope::kOwner, member.owner});
    for (const std::string& campaign : member.campaigns) {
      scopes.push_back({day, change.key.tenant, DayScope::kCampaign, campaign});
    }
    const bool is_counted =
        change.kind == codec::ChangeKind::kLeadCreated || change.kind == codec::ChangeKind::kStageChanged ||
        change.kind == codec::ChangeKind::kTierChanged || change.kind == codec::ChangeKind::kEmailStatusChanged;
    if (!is_counted) return;
    for (const DayCountsKey& scope : scopes) {
      state::CountedChanges& changes = ChangesIn(scope, change);
      if (change.kind == codec::ChangeKind::kLeadCreated) ++changes.created;
      if (change.kind == codec::ChangeKind::kStageChanged) {
        ++changes.stages[static_cast<size_t>(StageFromName(change.to).value())];
      }
      if (change.kind == codec::ChangeKind::kTierChanged) ++changes.tiers[change.to];
      for (size_t status = 0; change.kind == codec::ChangeKind::kEmailStatusChanged && status < 4; ++status) {
        if (EmailStatusName(static_cast<EmailStatus>(status)) == change.to) ++changes.email_statuses[status];
      }
    }
  }

  state::CountedChanges& ChangesIn(const DayCountsKey& scope, const codec::Change& change) {
    DayCounts& counts = expected_[scope];
    return change.cause.kind == codec::CauseKind::kDefinitions ? counts.by_definitions : counts.changes;
  }

  void Redefine() {
    const size_t first = driver_.changes().size();
    driver_.AdvanceTo(now_);
    driver_.Redefine(Definitions(zone_, Random(5, 60)));
    for (size_t i = first; i < driver_.changes().size(); ++i) {
      const codec::Change& change = driver_.changes()[i];
      Count(change, members_[change.key]);
    }
  }

  // Finds the day by its first instants, as no product code does.
  Day DayOf(Instant at) const {
    const Calendar& calendar = driver_.DefinitionsFor("t").calendar;
    Day day{static_cast<int32_t>(at.millis / 86'400'000) + 2};
    while (calendar.StartOf(day) > at) day = day - 1;
    return day;
  }

  const std::string zone_;
  Instant now_;
  EngineDriver driver_;
  std::map<LeadKey, Membership> members_;
  Rows expected_;
  int64_t last_id_ = 0;
  uint64_t commands_ = 0;
};

RC_GTEST_PROP(DayCounts, AreTheSumsOfWhatHappened, ()) {
  const auto zone = *element<std::string>("UTC", "America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia",
                                          "Pacific/Kiritimati", "America/Sao_Paulo", "America/Havana", "Asia/Beirut");
  const auto start = *element<std::string>("2025-03-08T00:00:00Z", "2025-10-25T00:00:00Z", "2011-12-28T00:00:00Z",
                                           "2018-11-03T00:00:00Z", "2026-01-01T00:00:00Z");
  Play play(zone, ParseRfc3339(start).value());
  const int64_t steps = Random(1, 80);
  for (int64_t step = 0; step < steps; ++step) play.Step();
  play.Check();
}

}  // namespace leadpulse::testing::day_counts_property_test
