#include "processor/serve/api/writes/topic_change.h"

#include <chrono>
#include <utility>
#include <vector>

#include "processor/base/json.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/serve/api/request/contact_body.h"
#include "processor/serve/api/request/problem.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::serve {
namespace {

// How far ahead the clock of a client may be, as that of a producer (`max_future_skew`).
constexpr std::chrono::minutes kClockSkew{10};

// Names the member of the body in place of that of the event.
http::Response ProblemOf(const codec::Rejection& rejection) {
  constexpr std::pair<std::string_view, std::string_view> kPaths[] = {
      {"event.occurredAt", "at"}, {"event.name", "source"}, {"event.leadId", "id"}};
  for (const auto& [path, member] : kPaths) {
    if (!rejection.detail.starts_with(path)) continue;
    const std::string detail = std::string(member) + rejection.detail.substr(path.size());
    return Problem(http::kUnprocessableContent, codec::ReasonName(rejection.reason), detail, member);
  }
  return Problem(http::kUnprocessableContent, codec::ReasonName(rejection.reason), rejection.detail);
}

}  // namespace

std::variant<TopicChange, http::Response> ReadTopicChange(const Route& route, std::string_view body) {
  LP_ASSIGN_OR_ANSWER(const Json json, ReadBody(route, body));
  const auto text = [&json](std::string_view member) { return std::string(json[member].text()); };
  const bool has_empty_topic = json["topic"].is_string() && json["topic"].text().empty();
  const bool has_empty_time = json["at"].is_string() && json["at"].text().empty();
  if (has_empty_time) return WrongMember("at", "it must not be empty; leave it out if the person says so now");
  if (has_empty_topic) return WrongMember("topic", "it must not be empty; an opt-out from everything has none");
  const bool is_opt_in = route.action == "contact.opt_in";
  return TopicChange{text("topic"), is_opt_in || json["subscribed"].truth(), text("at"), text("source"), text("actor")};
}

std::optional<http::Response> CheckDeclared(const TopicChange& change, const v1::OptOut& known) {
  if (change.topic.empty()) return std::nullopt;
  std::vector<std::string> declared;
  for (const v1::OptOut::Topic& topic : known.topics()) {
    if (FoldCase(topic.id()) == FoldCase(change.topic)) return std::nullopt;
    declared.push_back(topic.id());
  }
  if (declared.empty()) return WrongMember("topic", "the definitions declare no topics");
  return WrongMember("topic", "the definitions declare no such topic; there are: " + Join(declared, ", "));
}

std::variant<codec::Event, http::Response> TopicEvent(const LeadKey& key, const std::string& address,
                                                      const std::string& id, Instant now, const TopicChange& change) {
  std::string line;
  JsonObject record(&line);
  {
    JsonObject event(record.Key("event"));
    event.Text("tenantId", key.tenant);
    event.Text("leadId", key.lead);
    if (!address.empty()) event.Text("email", address);
    event.Text("eventId", id);
    event.Text("type", change.subscribed ? "RESUBSCRIBE" : "UNSUBSCRIBE");
    event.Text("occurredAt", change.at.empty() ? FormatRfc3339(now) : change.at);
    if (!change.topic.empty()) event.Text("topic", change.topic);
    // The journal keeps an event's name, but not its source.
    const bool has_both = !change.source.empty() && !change.actor.empty();
    const std::string name = change.source + (has_both ? ", " : "") + change.actor;
    if (!name.empty()) event.Text("name", name);
  }
  record.End();
  codec::Decoded decoded = codec::MakeJsonRecordDecoder()->Decode(line, {.latest = now + kClockSkew});
  if (auto* event = std::get_if<codec::Event>(&decoded)) return std::move(*event);
  return ProblemOf(std::get<codec::Rejection>(decoded));
}

}  // namespace leadpulse::serve
