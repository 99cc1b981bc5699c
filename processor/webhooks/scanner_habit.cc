#include "processor/webhooks/scanner_habit.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace leadpulse::webhooks {
namespace {

// One quick click may be a person's.
constexpr size_t kLeastLinks = 2;

struct Mail {
  std::vector<Instant> deliveries;
  std::vector<MailClick> clicks;
  std::vector<codec::Event*> events;  // the clicks
};

// Tenant, lead and message, as views into the events: only their `machine` is changed.
using MailKey = std::tuple<std::string_view, std::string_view, std::string_view>;

void Collect(Conversion* conversion, std::map<MailKey, Mail>* mails) {
  for (size_t i = 0; i < conversion->events.size(); ++i) {
    codec::Event& event = conversion->events[i];
    const bool is_click = event.type == EventType::kClick;
    if (event.message_id.empty() || !(is_click || event.type == EventType::kDelivered)) continue;
    if (std::binary_search(conversion->undated.begin(), conversion->undated.end(), i)) continue;
    Mail& mail = (*mails)[{event.key.tenant, event.key.lead, event.message_id}];
    if (is_click) {
      mail.clicks.push_back({event.occurred_at, event.url});
      mail.events.push_back(&event);
    } else {
      mail.deliveries.push_back(event.occurred_at);
    }
  }
}

}  // namespace

std::vector<bool> ScannersClicks(std::span<const Instant> deliveries, std::span<const MailClick> clicks,
                                 Millis within) {
  std::vector<Instant> delivered(deliveries.begin(), deliveries.end());
  std::sort(delivered.begin(), delivered.end());
  const auto is_close = [&](Instant at) {
    const auto first = std::lower_bound(delivered.begin(), delivered.end(), at - within);
    return first != delivered.end() && *first <= at + within;
  };
  std::vector<bool> close;
  std::set<std::string_view> links;
  std::set<std::string_view> close_links;
  for (const MailClick& click : clicks) {
    close.push_back(is_close(click.at));
    links.insert(click.link);
    if (close.back()) close_links.insert(click.link);
  }
  const bool is_scanned = links.size() >= kLeastLinks && close_links == links && !links.contains("");
  return is_scanned ? close : std::vector<bool>(clicks.size(), false);
}

size_t MarkScannersClicks(Millis within, std::span<Conversion> history) {
  size_t marked = 0;
  std::map<MailKey, Mail> mails;
  for (Conversion& conversion : history) Collect(&conversion, &mails);
  for (const auto& [key, mail] : mails) {
    const std::vector<bool> scanners = ScannersClicks(mail.deliveries, mail.clicks, within);
    for (size_t i = 0; i < scanners.size(); ++i) {
      if (!scanners[i]) continue;
      marked += mail.events[i]->machine ? 0 : 1;
      mail.events[i]->machine = true;
    }
  }
  return marked;
}

}  // namespace leadpulse::webhooks
