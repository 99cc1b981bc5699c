#include "tests/bench/segment_mix.h"

#include <array>
#include <cstdio>
#include <cstdlib>

#include "config/definitions_loader.h"
#include "processor/base/assert.h"
#include "tests/bench/event_stream.h"
#include "tests/bench/lead_traits.h"
#include "tools/simulate/random.h"

namespace leadpulse::bench {
namespace {

// The rules of one tenant, in the order of their numbers.
class RuleWriter {
 public:
  RuleWriter(SegmentMix mix, uint64_t tenant) : mix_(mix), random_(simulate::HashOf(tenant, 17)) {}

  std::string Next() {
    const uint64_t number = number_++;
    if (number % 100 == 5) return Broad();
    return mix_ == SegmentMix::kUsual ? Usual(number) : Other(number);
  }

 private:
  std::string Number(uint64_t from, uint64_t to) { return std::to_string(from + random_.Below(to - from + 1)); }
  std::string Quoted(std::string_view kind, uint64_t count) {
    return '"' + ValueName(kind, random_.Below(count)) + '"';
  }
  std::string Is(std::string_view attribute, uint64_t count) {
    return std::string(attribute) + " IS " + Quoted(attribute, count);
  }
  std::string Tag() { return "HAS TAG " + Quoted("tag", kTags); }
  std::string MailCampaign() {
    std::string number = std::to_string(random_.Below(kCampaigns));
    return "CAMPAIGN \"campaign-" + (number.size() < 2 ? "0" + number : number) + '"';
  }
  std::string Days() {
    static constexpr std::array<int, 6> kUsualDays = {1, 7, 14, 30, 60, 90};
    if (mix_ == SegmentMix::kOther) return Number(1, 365) + " days";
    return std::to_string(kUsualDays[random_.Below(kUsualDays.size())]) + " days";
  }
  std::string Action() {
    static constexpr std::array<const char*, 4> kActions = {"open", "click", "visit", "reply"};
    return kActions[random_.Below(kActions.size())];
  }
  std::string Score() { return "score >= " + std::to_string(5 + 5 * random_.Below(20)); }
  // Returns a test of a value that few leads have: from one in 300 to one in 2,000.
  std::string Anchor() {
    switch (random_.Below(3)) {
      case 0:
        return Is("account", kAccounts);
      case 1:
        return Is("city", kCities);
      default:
        return Is("owner", kOwners) + " AND " + Is("industry", kIndustries);
    }
  }
  std::string EarlierSegment(uint64_t number) {
    return "IN SEGMENT \"" + ValueName("segment", random_.Below(number)) + '"';
  }

  std::string Broad() {
    switch (random_.Below(3)) {
      case 0:
        return "last_opened < " + Days() + " ago";
      case 1:
        return Score();
      default:
        return "DID " + Action() + " IN LAST " + Days();
    }
  }

  std::string Usual(uint64_t number) {
    const uint64_t drawn = random_.Below(100);
    if (drawn < 30) return Anchor() + " AND DID " + Action() + " IN LAST " + Days();
    if (drawn < 40) return Anchor() + " AND " + Score();
    if (drawn < 45) return "tier IS \"hot\" AND " + Anchor();
    if (drawn < 55) return "last_opened < " + Days() + " ago AND " + Anchor();
    if (drawn < 62) return Anchor() + " AND DID send IN LAST 30 days AND DID open = 0 TIMES IN LAST " + Days();
    if (drawn < 70) return Tag() + " AND last_engaged < " + Days() + " ago";
    if (drawn < 76) return Tag() + " AND " + Is("industry", kIndustries);
    if (drawn < 82) return "DID open " + MailCampaign() + " AND " + Anchor();
    if (drawn < 88) return "IN CAMPAIGN " + Quoted("campaign", kCampaigns) + " AND " + Is("owner", kOwners);
    if (drawn < 95 || number == 0) return Anchor() + " AND NOT " + Tag() + " AND sendable = true";
    return EarlierSegment(number) + " AND " + Score();
  }

  std::string Other(uint64_t number) {
    const uint64_t drawn = random_.Below(100);
    const std::string count = ">= " + Number(2, 5) + " TIMES IN LAST " + Days();
    if (drawn < 25) return Anchor() + " AND DID " + Action() + ' ' + count;
    if (drawn < 40) return Band() + " AND DID " + Action() + " IN LAST " + Days();
    if (drawn < 50) return "city ENDS WITH \"" + Number(100, 299) + "\" AND opens >= " + Number(1, 9);
    if (drawn < 60) {
      return "job_title CONTAINS \"" + std::string(JobTrade(random_.Below(kJobs))) + "\" AND " +
             Is("account", kAccounts);
    }
    if (drawn < 70)
      return '(' + Is("account", kAccounts) + " OR " + Is("account", kAccounts) + ") AND clicks < " + Number(1, 6);
    if (drawn < 80) return Band() + " AND last_sent > " + Days() + " ago";
    if (drawn < 88) return Anchor() + " AND score BETWEEN " + Number(0, 20) + " AND " + Number(21, 90);
    if (drawn < 95 || number == 0) return "NOT (" + Tag() + " OR stage IS \"new\") AND " + Is("city", kCities);
    return "NOT " + EarlierSegment(number) + " AND " + Is("account", kAccounts) + " AND DID visit \"pricing\" " + count;
  }

  std::string Band() {
    const uint64_t from = random_.Below(kBudgets);
    return "budget BETWEEN " + std::to_string(from) + " AND " + std::to_string(from + kBudgets / 1000);
  }

  const SegmentMix mix_;
  simulate::Random random_;
  uint64_t number_ = 0;
};

}  // namespace

SegmentMix SegmentMixOf(std::string_view name) {
  if (name == "usual") return SegmentMix::kUsual;
  if (name == "other") return SegmentMix::kOther;
  std::fprintf(stderr, "there is no mix `%.*s`: usual, other\n", static_cast<int>(name.size()), name.data());
  std::exit(2);
}

std::string SegmentDefinitions(uint64_t tenants, uint64_t segments, SegmentMix mix) {
  const std::string_view built_in = config::DefaultDefinitionsText();
  const size_t tenant_begins = built_in.find("\n    timezone:");
  const size_t segments_begin = built_in.find("\n    segments:");
  LP_ASSERT(tenant_begins != std::string_view::npos && segments_begin != std::string_view::npos);
  std::string text = "tenants:";
  for (uint64_t tenant = 0; tenant < tenants; ++tenant) {
    text.append("\n  \"").append(tenants == 1 ? "*" : StreamTenant(tenant, tenants)).append("\":");
    text.append(built_in.substr(tenant_begins, segments_begin - tenant_begins)).append("\n    segments:");
    if (segments == 0) text += " []";
    RuleWriter rules(mix, tenant);
    for (uint64_t i = 0; i < segments; ++i) {
      const std::string id = ValueName("segment", i);
      text.append("\n      - {id: ")
          .append(id)
          .append(", name: ")
          .append(id)
          .append(", rule: '")
          .append(rules.Next())
          .append("'}");
    }
  }
  return text + '\n';
}

}  // namespace leadpulse::bench
