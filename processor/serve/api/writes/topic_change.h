// An opt-out or an opt-in of a contact, from everything or of a topic, as an event (spec: UNSUBSCRIBE and RESUBSCRIBE).
// One of a topic lifts no opt-out from everything.
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
  std::string topic;  // empty: everything
  bool subscribed = false;
  std::string at = {};      // when the person said so, as sent; empty: now
  std::string source = {};  // where they said so
  std::string actor = {};   // who wrote it down
};

// Reads the body of `topics`, `{"topic": "news", "subscribed": false}`, or of `opt-outs` and `opt-ins`, whose members
// may all be absent. The problem names the error.
std::variant<TopicChange, http::Response> ReadTopicChange(const Route& route, std::string_view body);
// Checks that the definitions declare the topic, if there is one. If not, the problem lists the topics that they
// declare.
std::optional<http::Response> CheckDeclared(const TopicChange& change, const v1::OptOut& known);
// Makes an event. `address` is the lead's, so that the change reaches everyone who has it; empty if it has none. `id`
// is that of the event. An event that is sent twice counts once. The problem names the member that is wrong, such as a
// time after `now`.
std::variant<codec::Event, http::Response> TopicEvent(const LeadKey& key, const std::string& address,
                                                      const std::string& id, Instant now, const TopicChange& change);

}  // namespace leadpulse::serve
