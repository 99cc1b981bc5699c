// A topic that a contact unsubscribes from or subscribes to again, as an event (spec: UNSUBSCRIBE and RESUBSCRIBE with
// a topic). It lifts no opt-out from everything.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/http/handler.h"
#include "processor/serve/api/request/routes.h"
#include "schemas/codec/records.h"

namespace leadpulse::serve {

struct TopicChange {
  std::string topic;
  bool subscribed = false;
};

// Reads `{"topic": "news", "subscribed": false}`. The problem names the error.
std::variant<TopicChange, http::Response> ReadTopicChange(const Route& route, std::string_view body);
// Checks that the definitions declare the topic. If not, the problem lists the topics that they declare.
std::optional<http::Response> CheckDeclared(const TopicChange& change, const v1::OptOut& known);
// Makes an event. `address` is the lead's, so that the change reaches everyone who has it; empty if it has none. `id`
// is that of the event. An event that is sent twice counts once.
codec::Event TopicEvent(const LeadKey& key, const std::string& address, const std::string& id, Instant at,
                        const TopicChange& change);

}  // namespace leadpulse::serve
