#include "tests/support/random_history.h"

#include <array>
#include <utility>

#include "processor/base/instant.h"

namespace leadpulse::testing {
namespace {

// 2025-03-08T12:00:00Z: the hours around New York's change to daylight saving time.
constexpr int64_t kStartMillis = 1'741'435'200'000;
constexpr std::string_view kTypeNames[] = {"UNSPECIFIED", "SENT",   "DELIVERED",   "OPEN",        "CLICK",
                                           "REPLY",       "BOUNCE", "UNSUBSCRIBE", "RESUBSCRIBE", "COMPLAINT",
                                           "PAGE_VISIT",  "CUSTOM", "RETRACT"};
constexpr std::array<std::string_view, 9> kCommandTexts = {
    R"("updateProfile":{"set":{"Industry":"Technology","score_hint":"12"}})",
    R"("updateProfile":{"set":{"industry":"retail"},"unset":["score_hint"]})",
    R"("editTags":{"add":["VIP"]})",
    R"("editTags":{"remove":["vip"]})",
    R"("setStage":{"stage":"QUALIFYING"})",
    R"("setStage":{"stage":"LOST"})",
    R"("setDoNotContact":{"value":true})",
    R"("updateProfile":{"set":{"email":"new@example.com"}})",
    R"("recordConsent":{"purpose":"news","granted":true})"};

std::string TimeOf(int64_t minutes) { return FormatRfc3339({kStartMillis + minutes * 60'000}); }

// Draws minutes near a full day after the start or near an edge of a window, so that equal instants are frequent.
rc::Gen<int64_t> AnyMinutes() {
  return rc::gen::map(rc::gen::pair(rc::gen::element<int64_t>(0, 60, 1440, 2880, 7 * 1440), rc::gen::inRange(0, 4)),
                      [](const std::pair<int64_t, int>& pair) { return pair.first + pair.second; });
}

}  // namespace

LeadKey HistoryLead(int lead) { return {"acme", "lead" + std::to_string(lead) + "@example.com"}; }

std::string ToJson(const HistoryRow& row) {
  const LeadKey key = HistoryLead(row.lead);
  const std::string who = R"("tenantId":")" + key.tenant + R"(","leadId":")" + key.lead + "\"";
  const std::string id = std::to_string(row.id);
  if (row.kind == HistoryRow::Kind::kCommand) {
    return R"({"command":{)" + who + R"(,"commandId":"c)" + id + R"(","issuedAt":")" + TimeOf(row.minutes) + "\"," +
           std::string(kCommandTexts[row.command]) + "}}";
  }
  std::string json = R"({"event":{)" + who + R"(,"occurredAt":")" + TimeOf(row.minutes) + "\"";
  if (row.kind == HistoryRow::Kind::kRetract) {
    return json + R"(,"eventId":"r)" + id + R"(","type":"RETRACT","retracts":"e)" + std::to_string(row.target) + "\"}}";
  }
  json += R"(,"eventId":"e)" + id + R"(","type":")" + std::string(kTypeNames[static_cast<size_t>(row.type)]) + "\"";
  if (row.message > 0) json += R"(,"messageId":"m)" + std::to_string(row.message) + "\"";
  if (row.campaign > 0) json += R"(,"campaignId":"Camp)" + std::to_string(row.campaign) + "\"";
  if (row.machine) json += R"(,"machine":true)";
  if (row.soft) json += R"(,"bounceKind":"SOFT")";
  if (row.type == EventType::kPageVisit || row.type == EventType::kCustom) json += R"(,"name":"pricing")";
  return json + "}}";
}

std::ostream& operator<<(std::ostream& out, const HistoryRow& row) { return out << "\n  " << ToJson(row); }

std::string HistoryDefinitions(int variant) {
  const std::string scoring[] = {
      R"(
        - {event: open, points: 3, limit: {count: 1, per: message}, decay: {percent: 30, every: 1h}}
        - {event: click, points: 5, limit: {count: 2, per: day}, expires_after: 2d}
        - {when: 'industry IS "technology"', points: 7})",
      R"(
        - {match: ANY open, points: 2, limit: {count: 1, per: campaign}}
        - {event: bounce, bounce: soft, points: -4}
        - {event: page_visit, name: pricing, points: 20, expires_after: 1d})",
      R"(
        - {event: open, points: 100, decay: {percent: 50, every: 30m}, expires_after: 1d}
        - {event: reply, points: 10, limit: {count: 1, per: lifetime}})"};
  const std::string zone[] = {"UTC", "America/New_York", "Asia/Kathmandu"};
  return "tenants:\n  acme:\n    timezone: " + zone[variant] + R"(
    fields: {industry: text, score_hint: number}
    publish_score_changes: true
    scoring:
      reset_on: [unsubscribe]
      exclude: 'HAS TAG "vip"'
      rules:)" +
         scoring[variant] + R"(
    tiers: [{name: hot, at_least: 8}, {name: warm, at_least: 3}, {name: cold}]
    lifecycle: {auto_qualify_at: 30, soft_bounce_limit: 2}
    quality: {attributes: {email: 15, industry: 10}, engagement: {weight: 20, full_at: 10}}
    segments:
      - {id: recent, rule: DID open IN LAST 1 day}
      - {id: never, rule: DID click = 0 TIMES IN LAST 2 days}
      - {id: twice, rule: DID open = 2 TIMES IN LAST 1 day}
      - {id: ignored, rule: DID send NOT THEN open WITHIN 1 hour SAME MESSAGE}
      - {id: followed, rule: 'DID send THEN click WITHIN 1 day IN LAST 2 days'}
      - {id: today, rule: DID ANY open ON TODAY}
      - {id: hot-now, rule: tier IS "hot" OR IN SEGMENT "recent"}
      - {id: old, rule: last_engaged > 1 day ago AND NOT (sendable = false)}
      - {id: week, rule: created IN THIS WEEK}
)";
}

rc::Gen<HistoryRow> AnyEvent() {
  return rc::gen::build<HistoryRow>(
      rc::gen::set(&HistoryRow::kind, rc::gen::weightedElement<HistoryRow::Kind>(
                                          {{8, HistoryRow::Kind::kEvent}, {2, HistoryRow::Kind::kRetract}})),
      rc::gen::set(&HistoryRow::lead, rc::gen::inRange(0, kHistoryLeads)),
      rc::gen::set(&HistoryRow::id, rc::gen::inRange(0, 30)), rc::gen::set(&HistoryRow::minutes, AnyMinutes()),
      rc::gen::set(&HistoryRow::type, rc::gen::elementOf(kCountedTypes)),
      rc::gen::set(&HistoryRow::message, rc::gen::inRange(0, 3)),
      rc::gen::set(&HistoryRow::campaign, rc::gen::inRange(0, 3)),
      rc::gen::set(&HistoryRow::machine, rc::gen::weightedElement<bool>({{4, false}, {1, true}})),
      rc::gen::set(&HistoryRow::soft, rc::gen::arbitrary<bool>()),
      rc::gen::set(&HistoryRow::target, rc::gen::inRange(0, 30)));
}

rc::Gen<HistoryRow> AnyRow() {
  return rc::gen::mapcat(rc::gen::weightedElement<bool>({{4, false}, {1, true}}), [](bool command) {
    if (!command) return AnyEvent();
    return rc::gen::build<HistoryRow>(
        rc::gen::set(&HistoryRow::kind, rc::gen::just(HistoryRow::Kind::kCommand)),
        rc::gen::set(&HistoryRow::lead, rc::gen::inRange(0, kHistoryLeads)),
        rc::gen::set(&HistoryRow::id, rc::gen::inRange(0, 1000)), rc::gen::set(&HistoryRow::minutes, AnyMinutes()),
        rc::gen::set(&HistoryRow::command, rc::gen::inRange<int>(0, static_cast<int>(kCommandTexts.size()))));
  });
}

rc::Gen<std::vector<HistoryRow>> AnyEvents() { return rc::gen::container<std::vector<HistoryRow>>(AnyEvent()); }
rc::Gen<std::vector<HistoryRow>> AnyHistory() { return rc::gen::container<std::vector<HistoryRow>>(AnyRow()); }

}  // namespace leadpulse::testing
