#include "tests/bench/event_stream.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <string_view>

namespace leadpulse::bench {
namespace {

constexpr int64_t kCampaignMillis = 2 * 86'400'000;
// One event in kLateOneIn is late, by up to a day.
constexpr uint64_t kLateOneIn = 20;
constexpr uint64_t kLateMillis = 86'400'000;
constexpr double kZipfExponent = 0.99;

struct Share {
  EventType type;
  uint32_t below;  // in 1,000
};
// The events of an email platform and a web site, by cumulative share in a thousand.
constexpr std::array<Share, 9> kShares = {{{EventType::kSent, 330},
                                           {EventType::kDelivered, 650},
                                           {EventType::kOpen, 850},
                                           {EventType::kClick, 890},
                                           {EventType::kPageVisit, 975},
                                           {EventType::kReply, 983},
                                           {EventType::kCustom, 990},
                                           {EventType::kBounce, 998},
                                           {EventType::kUnsubscribe, 1000}}};
constexpr std::array<std::string_view, 8> kPages = {"home",     "blog",      "docs",    "pricing",
                                                    "features", "customers", "contact", "careers"};

EventType PickType(simulate::Random* random) {
  const uint64_t drawn = random->Below(1000);
  return std::ranges::find_if(kShares, [&](const Share& share) { return drawn < share.below; })->type;
}

void Print(std::string* text, const char* format, uint64_t number) {
  std::array<char, 48> buffer;
  text->assign(buffer.data(), std::snprintf(buffer.data(), buffer.size(), format, static_cast<unsigned long>(number)));
}

}  // namespace

std::string StreamTenant(uint64_t number, uint64_t tenants) {
  std::string name = "bench";
  if (tenants > 1) Print(&name, "bench-%04lu", number);
  return name;
}

LeadKey StreamLead(uint64_t number, uint64_t tenants) {
  LeadKey key{StreamTenant(number % tenants, tenants), ""};
  Print(&key.lead, "lead-%06lu@example.com", number);
  return key;
}

EventStream::EventStream(const StreamShape& shape) : shape_(shape), random_(shape.seed), clock_(shape.start) {
  for (uint64_t i = 0; i < shape.tenants; ++i) tenants_.push_back(StreamTenant(i, shape.tenants));
  while (std::gcd(zipf_step_, shape.leads) != 1) ++zipf_step_;
  double sum = 0;
  for (uint64_t k = 1; shape.activity == Activity::kZipf && k <= shape.leads; ++k) {
    zipf_.push_back(sum += std::pow(static_cast<double>(k), -kZipfExponent));
  }
}

void EventStream::Fill(size_t count, std::vector<codec::Event>* batch) {
  batch->resize(count);
  for (codec::Event& event : *batch) MakeEvent(&event);
}

void EventStream::MakeEvent(codec::Event* event) {
  const uint64_t lead = PickLead();
  event->key.tenant = tenants_[lead % tenants_.size()];
  Print(&event->key.lead, "lead-%06lu@example.com", lead);
  Print(&event->event_id, "event-%012lu", shape_.first_event + made_);
  event->type = PickType(&random_);
  clock_ = shape_.start + Millis{static_cast<int64_t>(made_) * shape_.step.count()};
  event->occurred_at = clock_;
  if (random_.Below(kLateOneIn) == 0) {
    event->occurred_at = std::max(shape_.start, clock_ - Millis{static_cast<int64_t>(random_.Below(kLateMillis))});
  }
  const bool mail = event->type <= EventType::kComplaint;
  const uint64_t campaign = static_cast<uint64_t>(event->occurred_at.millis / kCampaignMillis % 100);
  event->campaign_id.clear();
  event->message_id.clear();
  event->name.clear();
  if (mail) {
    Print(&event->campaign_id, "campaign-%02lu", campaign);
    Print(&event->message_id, "m-%lu", campaign * shape_.leads + lead);
  }
  if (event->type == EventType::kPageVisit) event->name = kPages[random_.Below(kPages.size())];
  if (event->type == EventType::kCustom) event->name = "order";
  event->bounce_kind = random_.Below(4) == 0 ? BounceKind::kHard : BounceKind::kSoft;
  ++made_;
}

uint64_t EventStream::PickLead() {
  const uint64_t leads = shape_.leads;
  switch (shape_.activity) {
    case Activity::kUniform:
      return random_.Below(leads);
    case Activity::kInTurn:
      return made_ % leads;
    case Activity::kSkewed:
      return random_.Below(random_.Below(3) < 2 ? std::max<uint64_t>(1, leads / 10) : leads);
    case Activity::kZipf:
      break;
  }
  const double drawn = static_cast<double>(random_.Next() >> 11) * 0x1p-53 * zipf_.back();
  const auto rank = static_cast<uint64_t>(std::ranges::upper_bound(zipf_, drawn) - zipf_.begin());
  return std::min(rank, leads - 1) * zipf_step_ % leads;
}

}  // namespace leadpulse::bench
