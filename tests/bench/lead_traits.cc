#include "tests/bench/lead_traits.h"

#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

#include "tools/simulate/random.h"

namespace leadpulse::bench {
namespace {

constexpr std::array<std::string_view, 5> kLevels = {"junior", "senior", "head of", "vice president", "chief"};
constexpr std::array<std::string_view, 8> kTrades = {"engineer", "sales",   "marketing", "finance",
                                                     "legal",    "support", "design",    "operations"};

uint64_t Drawn(uint64_t lead, uint64_t trait, uint64_t bound) {
  return simulate::Scale(simulate::HashOf(lead, trait), bound);
}

codec::Command CommandOf(const LeadKey& key, std::string id, Instant at, codec::Action action) {
  codec::Command command;
  command.key = key;
  command.command_id = std::move(id);
  command.issued_at = at;
  command.actor = "crm";
  command.actions = std::move(action);
  return command;
}

}  // namespace

std::string ValueName(std::string_view kind, uint64_t number) {
  std::array<char, 48> buffer;
  const int length = std::snprintf(buffer.data(), buffer.size(), "%.*s-%04lu", static_cast<int>(kind.size()),
                                   kind.data(), static_cast<unsigned long>(number));
  return {buffer.data(), static_cast<size_t>(length)};
}

std::string_view JobLevel(uint64_t number) { return kLevels[number % kLevels.size()]; }
std::string_view JobTrade(uint64_t number) { return kTrades[number / kLevels.size() % kTrades.size()]; }
std::string JobName(uint64_t number) { return std::string(JobLevel(number)) + " " + std::string(JobTrade(number)); }

void AppendTraits(const LeadKey& key, uint64_t lead, Instant at, std::vector<codec::Command>* commands) {
  codec::UpdateProfile profile;  // by ascending name
  profile.set.emplace_back("account", ValueName("account", Drawn(lead, 1, kAccounts)));
  profile.set.emplace_back("budget", static_cast<double>(Drawn(lead, 2, kBudgets)));
  profile.set.emplace_back("city", ValueName("city", Drawn(lead, 3, kCities)));
  profile.set.emplace_back("industry", ValueName("industry", Drawn(lead, 4, kIndustries)));
  profile.set.emplace_back("job_title", JobName(Drawn(lead, 5, kJobs)));
  profile.set.emplace_back("owner", ValueName("owner", Drawn(lead, 6, kOwners)));
  commands->push_back(CommandOf(key, "profile", at, std::move(profile)));
  codec::EditTags tags;
  for (uint64_t i = 0; i < Drawn(lead, 7, 4); ++i) tags.add.push_back(ValueName("tag", Drawn(lead, 20 + i, kTags)));
  if (!tags.add.empty()) commands->push_back(CommandOf(key, "tags", at, std::move(tags)));
  codec::EditCampaigns campaigns;
  campaigns.assign.push_back(ValueName("campaign", Drawn(lead, 8, kCampaigns)));
  commands->push_back(CommandOf(key, "campaigns", at, std::move(campaigns)));
}

codec::Command MoveAccount(const LeadKey& key, uint64_t change, Instant at) {
  codec::UpdateProfile profile;
  profile.set.emplace_back("account", ValueName("account", simulate::Scale(simulate::HashOf(change, 9), kAccounts)));
  return CommandOf(key, ValueName("move", change), at, std::move(profile));
}

}  // namespace leadpulse::bench
