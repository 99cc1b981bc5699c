#include "processor/serve/api/writes/topic_change.h"

#include <vector>

#include "processor/base/engagement.h"
#include "processor/base/json.h"
#include "processor/base/text.h"
#include "processor/serve/api/request/contact_body.h"
#include "processor/serve/api/request/problem.h"

namespace leadpulse::serve {

std::variant<TopicChange, http::Response> ReadTopicChange(const Route& route, std::string_view body) {
  LP_ASSIGN_OR_ANSWER(const Json json, ReadBody(route, body));
  return TopicChange{std::string(json["topic"].text()), json["subscribed"].truth()};
}

std::optional<http::Response> CheckDeclared(const TopicChange& change, const v1::OptOut& known) {
  std::vector<std::string> declared;
  for (const v1::OptOut::Topic& topic : known.topics()) {
    if (FoldCase(topic.id()) == FoldCase(change.topic)) return std::nullopt;
    declared.push_back(topic.id());
  }
  if (declared.empty()) return WrongMember("topic", "the definitions declare no topics");
  return WrongMember("topic", "the definitions declare no such topic; there are: " + Join(declared, ", "));
}

codec::Event TopicEvent(const LeadKey& key, const std::string& address, const std::string& id, Instant at,
                        const TopicChange& change) {
  codec::Event event;
  event.key = key;
  event.address = address;
  event.event_id = id;
  event.type = change.subscribed ? EventType::kResubscribe : EventType::kUnsubscribe;
  event.occurred_at = at;
  event.topic = change.topic;
  return event;
}

}  // namespace leadpulse::serve
