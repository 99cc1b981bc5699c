// Updating a view by the index gives what evaluating everything gives, after every event and timer of random leads
// under random definitions. Between an update and its next timer nothing in the view changes.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>

#include "config/definitions_loader.h"
#include "processor/view/incremental/segment_update.h"
#include "processor/view/view.h"
#include "tests/property/random_rule_text.h"
#include "tests/support/owned_entry.h"

namespace leadpulse::view::segment_update_property_test {

using leadpulse::testing::OwnedEntry;
using rc::gen::element;
using rules::kLengths;
using rules::Pick;
using rules::Place;
using rules::Random;

std::string RandomNumberTest() {
  const std::string field = Pick({"score", "quality", "qualification", "opens", "clicks", "sends"});
  if (Random(0, 4) == 0) return field + " BETWEEN 1 AND " + std::to_string(Random(1, 6));
  if (Random(0, 4) == 0) return field + " NOT IN (0, 2, 5)";
  return field + " " + rules::RandomCompare() + " " + std::to_string(Random(-1, 8));
}

std::string RandomTextTest() {
  return Pick({"tier = \"hot\"",
               "tier IS NOT \"cold\"",
               "stage = \"contacted\"",
               "status IN (\"engaged\", \"new\")",
               "email_status = \"bounced\"",
               "sendable = true",
               "plan = \"Pro\"",
               "plan IS SET",
               "size = \"3\"",
               "size > 2",
               "size = 3",
               "size IN (\"3\", \"4\")",
               "size IN (\"4\", 3)",
               "size BETWEEN 2 AND 3",
               "size BETWEEN 3 AND 5",
               "size >= 2 AND size < 4",
               "size > 3 AND size <= 5 AND plan IS SET",
               "size IN (3, 5)",
               "size ENDS WITH \"3\"",
               "size < 2 days ago",
               "size CONTAINS \"3\"",
               "plan != \"free\"",
               "plan IN (\"PRO\", \"trial\")",
               "plan STARTS WITH \"pr\"",
               "plan ENDS WITH \"E\"",
               "plan STARTS WITH \"f\" OR size BETWEEN 4 AND 5",
               "agent = \"Kim\"",
               "do_not_contact = true",
               "tags CONTAINS \"v\"",
               "lists IS SET",
               "email CONTAINS \"@\"",
               "email ENDS WITH \"@A.com\"",
               "email = \"ann@a.com\"",
               "HAS TAG \"vip\"",
               "HAS WORDS \"pro\"",
               "NOT HAS WORDS \"Ann\"",
               "HAS WORDS \"FREE\" AND plan IS SET",
               "plan HAS WORDS \"pr\"",
               "plan NOT HAS WORDS \"Free\" AND size HAS WORDS \"3\"",
               "email HAS WORDS \"ann\" AND plan = \"pro\"",
               "IN LIST \"l\"",
               "HAS CONSENT \"news\"",
               "IN CAMPAIGN \"c\"",
               "last_opened IS SET",
               "created < 2 days ago"});
}

// Returns a reference to an earlier segment.
std::string InSegment(int segment) { return "IN SEGMENT \"s" + std::to_string(100 + Random(0, segment)) + "\""; }

// Draws an age that hardly any other rule uses.
std::string AgeOfItsOwn() { return std::to_string(Random(1, 400'000)) + " seconds"; }

// Returns a rule for the members of another segment, about something no other rule may use.
std::string RuleForMembers(int segment) {
  return InSegment(segment) + " AND " +
         Pick({"last_opened < " + AgeOfItsOwn() + " ago", "NOT DID OPEN IN LAST " + AgeOfItsOwn(),
               "DID CLICK < 2 TIMES IN LAST " + AgeOfItsOwn()});
}

// Draws a condition of one of many forms, including those of rule_flip_property_test.
std::string RandomCondition(const Place& place, int segment) {
  switch (Random(0, 6)) {
    case 0:
      return RandomNumberTest();
    case 1:
      return RandomTextTest();
    case 2:
      if (segment > 0) return InSegment(segment);
      [[fallthrough]];
    case 3:
      return "DID " + rules::RandomStep() + Pick({"", " >= 2 TIMES", " = 1 TIMES", " < 3 TIMES", " != 0 TIMES"}) +
             Pick({"", " IN LAST " + rules::RandomLength()});
    default:
      return rules::RandomLeaf(place);
  }
}

std::string RandomSegmentRule(const Place& place, int segment) {
  if (segment > 0 && Random(0, 4) == 0) return RuleForMembers(segment);
  std::string rule = Pick({"", "", "NOT "}) + "(" + RandomCondition(place, segment) + ")";
  const std::string word = Pick({" AND ", " AND ", " OR "});
  for (int i = Random(0, 3); i-- > 0;)
    rule += word + Pick({"", "", "NOT "}) + "(" + RandomCondition(place, segment) + ")";
  return rule;
}

std::string Quoted(const std::string& rule) {
  std::string quoted = "'";
  for (const char c : rule) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

std::string RandomDefinitions(const Place& place, int bound) {
  std::string text = "tenants:\n  \"*\":\n    timezone: " + std::string(place.zone) +
                     "\n    fields: {since: date, plan: text}\n    event_properties: {total: number}\n    scoring:\n"
                     "      rules:\n        - {event: open, points: 2, expires_after: 7d}\n"
                     "        - {event: click, points: 3, limit: {count: 1, per: day}}\n"
                     "        - {event: sent, points: 1, decay: {percent: 50, every: 1d}}\n"
                     "        - {when: 'opens >= 2 AND last_opened < 2 days ago', points: 1}\n"
                     "    tiers: [{name: hot, at_least: 4}, {name: cold}]\n    journal: {max_entries: " +
                     std::to_string(bound) +
                     "}\n    quality: {attributes: {email: 2, plan: 1}, engagement: {weight: 5, full_at: 5}}\n"
                     "    lifecycle: {engaged_on: [click], auto_qualify_at: 5}\n    segments:\n";
  const int segments = static_cast<int>(config::kIndexedSegments) + Random(0, 10);
  for (int i = 0; i < segments; ++i) {
    text +=
        "      - {id: s" + std::to_string(100 + i) + ", name: x, rule: " + Quoted(RandomSegmentRule(place, i)) + "}\n";
  }
  return text;
}

// One lead, treated as by an engine; every update is compared with EvaluateView.
class Story {
 public:
  Story(const config::TenantDefinitions& definitions, Instant start) : definitions_(definitions), clock_(start) {
    lead_.key = {"acme", Pick({"lead-1", "ann@a.com"})};
    lead_.view = EmptyView(definitions);
  }

  void Step(const Place& place) {
    clock_ = clock_ + Millis{Random(0, 3) == 0 ? 0 : kLengths[Random(0, std::size(kLengths))].millis.count()};
    FireLeadTimers();
    if (Random(0, 8) == 0) lead_.memo.held.reset();  // as when it is read from the store
    if (Random(0, 6) == 0) {
      ChangeProfile(place);
    } else {
      AddEntry();
    }
  }

 private:
  void FireLeadTimers() {
    for (int fired = 0; lead_.next_change_at <= clock_; ++fired) {
      RC_ASSERT(fired < 2000);
      const Instant at = lead_.next_change_at;
      if (Random(0, 8) == 0) lead_.memo.held.reset();
      Begin(at);
      Take(at);
    }
  }

  void AddEntry() {
    OwnedEntry entry = RandomEntry();
    RC_LOG(FormatRfc3339(clock_) + " " + std::string(EventTypeName(entry.type)) + " at " +
           FormatRfc3339(entry.occurred_at) + (entry.machine ? " machine" : "") + " name=" + entry.name +
           " campaign=" + entry.campaign_id + " id=" + entry.event_id + " retracts=" + entry.subject + "\n");
    const state::EntryFields fields = entry;
    Begin(clock_);
    update_.ExpectEntry(fields);
    const auto added = lead_.journal.Add(fields, definitions_.journal_max_entries);
    const bool is_known = added.outcome != state::Journal::AddOutcome::kAdded && !added.facts_changed;
    if (is_known && !is_new_) return;
    is_new_ = false;
    Take(clock_);
  }

  OwnedEntry RandomEntry() {
    OwnedEntry entry;
    entry.type = *element(EventType::kSent, EventType::kOpen, EventType::kOpen, EventType::kClick, EventType::kBounce,
                          EventType::kRetract, EventType::kUnsubscribe);
    entry.occurred_at = Random(0, 3) == 0 ? rules::RandomInstantNear(clock_) : clock_;
    entry.event_id = "e" + std::to_string(Random(0, 12));
    entry.machine = Random(0, 5) == 0;
    entry.name = Pick({"", "a", "A"});
    entry.message_id = Pick({"", "m", "n"});
    entry.campaign_id = Pick({"", "c", "C", "d"});
    if (entry.type == EventType::kRetract) entry.subject = "e" + std::to_string(Random(0, 12));
    if (Random(0, 3) == 0) entry.properties = {{"total", Random(0, 4) * 1.0}};
    return entry;
  }

  // Starts from nothing for a new lead, and sometimes otherwise, as a rollout of definitions does.
  void Begin(Instant at) {
    if (is_new_ || Random(0, 10) == 0) {
      update_.BeginFromNothing(definitions_, at, &lead_);
    } else {
      update_.Begin(definitions_, at, &lead_);
    }
  }

  // Changes the profile as a command does.
  void ChangeProfile(const Place& place) {
    state::Profile& profile = lead_.profile;
    Begin(clock_);
    update_.ExpectProfile();
    is_new_ = false;
    if (Random(0, 2) == 0) profile.attributes["plan"] = {Value(Pick({"pro", "free"})), {}};
    if (Random(0, 3) == 0) profile.attributes["size"] = {RandomSize(), {}};
    if (Random(0, 4) == 0) profile.attributes["email"] = {Value(Pick({"ann@a.com", "bob@b.com"})), {}};
    if (Random(0, 4) == 0) profile.attributes.erase(Pick({"plan", "size", "email", "since"}));
    if (Random(0, 4) == 0) profile.qualification = Random(0, 8);
    if (Random(0, 4) == 0) profile.do_not_contact = !profile.do_not_contact;
    if (Random(0, 4) == 0) profile.extras.Get().agent_id = Pick({"", "kim"});
    if (!profile.first_command_at) profile.first_command_at = clock_;
    if (Random(0, 2) == 0) {
      profile.attributes["since"] = {Value(FormatDay(ParseDay(place.middle).value() + Random(-3, 4))), {}};
    }
    Random(0, 2) == 0 ? profile.extras.Get().tags.Add("VIP") : profile.extras.Get().tags.Remove("vip");
    Random(0, 2) == 0 ? profile.extras.Get().lists.Add("l") : profile.extras.Get().campaigns.Add("c");
    profile.extras.Get().consents["news"].granted = Random(0, 2) == 0;
    ConvertProfile(definitions_, &profile);
    Take(clock_);
  }

  static Value RandomSize() {
    return *element(Value("3"), Value(3.0), Value("4"), Value(4.5), Value(2.0), Value(-1.0), Value(true),
                    Value(ScalarList{std::string("3"), std::string("4")}), Value(StructValue{"{}"}),
                    Value("2026-03-01"));
  }

  // Checks the timers of EvaluateView at all instants at which anything may change. Takes the segments as the engine
  // does: by the diff, or all of them from the beginning.
  void Take(Instant at) {
    View view = update_.Evaluate();
    RC_ASSERT(view.published.segments.empty());
    view.published.segments = update_.is_from_nothing() ? update_.Segments() : lead_.view.segments;
    if (!update_.is_from_nothing()) ApplyDiff(update_.diff(), &view.published.segments);
    View whole = EvaluateView(lead_, definitions_, at);
    RC_LOG("  at " + FormatRfc3339(at) + ", next flip " + Spell(view.next_change_at) + "\n");
    RC_ASSERT(view.published.score == whole.published.score);
    RC_ASSERT(view.published.tier == whole.published.tier);
    RC_ASSERT(Ids(view) == Ids(whole));
    RC_ASSERT(view.published == whole.published);
    RC_ASSERT(view.next_change_at > at);
    for (int i = 0; i < 60 && whole.next_change_at < view.next_change_at; ++i) {
      const Instant later = whole.next_change_at;
      whole = EvaluateView(lead_, definitions_, later);
      if (whole.published == view.published) continue;
      RC_FAIL("changes at " + FormatRfc3339(later) + " from " + Ids(view) + " to " + Ids(whole));
    }
    lead_.view = std::move(view.published);
    lead_.next_change_at = view.next_change_at;
  }

  std::string Ids(const View& view) const {
    std::string ids;
    for (const uint32_t index : view.published.segments) ids += definitions_.segments[index].id + " ";
    return ids;
  }
  static std::string Spell(Instant t) { return t == Instant::Never() ? "never" : FormatRfc3339(t); }

  const config::TenantDefinitions& definitions_;
  state::Lead lead_;
  Instant clock_;
  bool is_new_ = true;
  SegmentUpdate update_;
};

RC_GTEST_PROP(SegmentUpdateProperty, IsWhatEvaluatingEverythingGives, ()) {
  const Place place = *element(rules::kPlaces[0], rules::kPlaces[1], rules::kPlaces[2], rules::kPlaces[3]);
  const std::string text = RandomDefinitions(place, *element(3, 6, 100));
  RC_LOG(text);
  const config::LoadedDefinitions loaded = config::LoadDefinitions(text);
  if (loaded.definitions == nullptr) RC_FAIL(loaded.errors.front().message);
  const config::TenantDefinitions& definitions = loaded.definitions->For("acme");
  RC_ASSERT(definitions.segment_index != nullptr);
  const Instant middle = definitions.calendar.StartOf(ParseDay(place.middle).value());
  Story story(definitions, middle - 3 * rules::kDay);
  for (int i = Random(5, 40); i-- > 0;) story.Step(place);
}

}  // namespace leadpulse::view::segment_update_property_test
