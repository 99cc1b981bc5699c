#include "processor/bots/scanner_habit.h"

#include <algorithm>
#include <set>

namespace leadpulse::bots {
namespace {

// One quick click may be a person's.
constexpr size_t kLeastLinks = 2;

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

}  // namespace leadpulse::bots
