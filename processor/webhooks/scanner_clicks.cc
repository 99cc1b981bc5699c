#include "processor/webhooks/scanner_clicks.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <vector>

#include "processor/bots/scanner_habit.h"

namespace leadpulse::webhooks {
namespace {

struct Mail {
  std::vector<Instant> deliveries;
  std::vector<bots::MailClick> clicks;
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

size_t MarkScannersClicks(Millis within, std::span<Conversion> history) {
  size_t marked = 0;
  std::map<MailKey, Mail> mails;
  for (Conversion& conversion : history) Collect(&conversion, &mails);
  for (const auto& [key, mail] : mails) {
    const std::vector<bool> scanners = bots::ScannersClicks(mail.deliveries, mail.clicks, within);
    for (size_t i = 0; i < scanners.size(); ++i) {
      if (!scanners[i]) continue;
      marked += mail.events[i]->machine ? 0 : 1;
      mail.events[i]->machine = true;
    }
  }
  return marked;
}

}  // namespace leadpulse::webhooks
