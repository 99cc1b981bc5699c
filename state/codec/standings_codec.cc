#include "state/codec/standings_codec.h"

#include <algorithm>
#include <utility>

#include "state/codec/facts_codec.h"

namespace leadpulse::state {

void EncodeStandings(const Standings& standings, v1::Standings* out) {
  using Latest = Standings::Latest;
  const auto encode = [](const Latest& latest, auto&& make) {
    if (latest == Latest()) return;
    v1::Standings::Latest* const added = make();
    added->set_latest_ms(latest.latest.millis);
    added->set_of_others_ms(latest.of_others.millis);
    added->set_source(latest.source);
  };
  EncodeFacts(standings.of_all_, out->mutable_of_all());
  for (const std::string& lead : standings.leads_) out->add_lead_ids(lead);
  encode(standings.everything_.out, [out] { return out->mutable_everything_out(); });
  encode(standings.everything_.in, [out] { return out->mutable_everything_in(); });
  encode(standings.complaint_, [out] { return out->mutable_complaint(); });
  for (const Standings::Topic& topic : standings.topics_) {
    v1::Standings::Topic* const added = out->add_topics();
    added->set_name(topic.name);
    encode(topic.times.out, [added] { return added->mutable_out(); });
    encode(topic.times.in, [added] { return added->mutable_in(); });
    encode(topic.opt_out, [added] { return added->mutable_opt_out(); });
    for (const Standings::Place& place : {topic.first, topic.first_of_others}) {
      added->add_places(place.first);
      added->add_places(place.second);
    }
  }
}

std::string DecodeStandings(const v1::Standings& in, Standings* standings) {
  using Latest = Standings::Latest;
  const auto decode = [](bool is_set, const v1::Standings::Latest& latest) {
    return is_set ? Latest{{latest.latest_ms()}, {latest.of_others_ms()}, latest.source()} : Latest();
  };
  if (std::string wrong = DecodeFacts(in.of_all(), &standings->of_all_); !wrong.empty()) return wrong;
  standings->leads_.assign(in.lead_ids().begin(), in.lead_ids().end());
  if (!std::ranges::is_sorted(standings->leads_)) return "its leads do not ascend";
  standings->everything_ = {decode(in.has_everything_out(), in.everything_out()),
                            decode(in.has_everything_in(), in.everything_in())};
  standings->complaint_ = decode(in.has_complaint(), in.complaint());
  for (const v1::Standings::Topic& topic : in.topics()) {
    if (topic.places_size() != 4) return "a topic has no place";
    Standings::Topic& added = standings->topics_.emplace_back();
    added.name = topic.name();
    added.times = {decode(topic.has_out(), topic.out()), decode(topic.has_in(), topic.in())};
    added.opt_out = decode(topic.has_opt_out(), topic.opt_out());
    added.first = {topic.places(0), topic.places(1)};
    added.first_of_others = {topic.places(2), topic.places(3)};
  }
  if (!std::ranges::is_sorted(standings->topics_, {}, &Standings::Topic::name)) return "its topics do not ascend";
  standings->OrderTopics();
  return {};
}

}  // namespace leadpulse::state
