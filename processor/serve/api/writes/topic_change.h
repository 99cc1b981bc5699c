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

// `{"topic": "news", "subscribed": false}`. The problem names what is wrong.
std::variant<TopicChange, http::Answer> ReadTopicChange(const Route& route, std::string_view body);
// The problem lists the topics that the definitions declare. nullopt: they declare this one.
std::optional<http::Answer> CheckDeclared(const TopicChange& change, const v1::OptOut& known);
// `address`: the lead's, so that the change reaches everyone who has it; empty: it has none. `id`: of the event. An
// event that is sent twice counts once.
codec::Event TopicEvent(const LeadKey& key, const std::string& address, const std::string& id, Instant at,
                        const TopicChange& change);

}  // namespace leadpulse::serve
