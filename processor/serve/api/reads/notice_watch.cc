#include "processor/serve/api/reads/notice_watch.h"

#include <algorithm>
#include <utility>

#include "config/definitions.h"
#include "config/definitions_loader.h"
#include "processor/base/engagement.h"
#include "processor/base/text.h"
#include "processor/query/leads/lead_record.h"
#include "processor/serve/api/request/problem.h"

namespace leadpulse::serve {
namespace {

using access::NewNotice;
using access::Notice;
using access::NoticeKind;

constexpr std::chrono::seconds kBetweenLooks{1};
constexpr std::chrono::seconds kBetweenSearches{10};
constexpr int kShare = 20;  // searches that take a second are made every 20 seconds
constexpr std::chrono::seconds kTierKnown{30};
// An agent who gets more leads at once, as by an import, gets one notice.
constexpr size_t kMostAssigned = 20;
constexpr uint32_t kPage = 1'000;
constexpr char kRepliedRule[] = "last_engaged < 1 hour ago AND last_replied < 1 hour ago AND agent IS SET";
constexpr char kDueRule[] = "follow_up_on BEFORE TOMORROW AND agent IS SET";
constexpr std::string_view kFollowUpDay = "follow_up_on";  // an attribute

Instant InstantIn(const Json& time, Instant otherwise) { return ParseRfc3339(time.text()).value_or(otherwise); }

void AddFor(const std::string& tenant, const std::vector<std::string>& users, const Notice& notice,
            std::vector<NewNotice>* made) {
  for (const std::string& user : users) made->push_back({tenant, user, notice});
}

}  // namespace

void NoticeWatch::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { Watch(stop); });
}

void NoticeWatch::Stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void NoticeWatch::Watch(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const Status looked = LookOnce();
    if (!looked.ok() && said_ != looked.message()) LogFailure(looked);
    said_ = looked.ok() ? "" : looked.message();
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, kBetweenLooks, [] { return false; });
  }
}

Status NoticeWatch::LookOnce() {
  LP_ASSIGN_OR_RETURN(const Agents agents, FindAgents());
  Made made;
  LP_RETURN_IF_ERROR(AddJobs(&made));
  const Time begun = clock_.Monotonic();
  const bool searches = !next_search_ || begun >= *next_search_;
  // Reads with each search, too, because a run that nobody reads collects no changes after a while.
  if (HasNews(agents) || searches) AddChanges(agents, &made);
  if (searches) {
    for (const auto& [tenant, names] : agents) {
      AddFound(
          tenant, names, kRepliedRule, NoticeKind::kReplied,
          [this](const v1::LeadProfile& lead) {
            const std::optional<Instant> at = query::LastAt(lead, EventTypeName(EventType::kReply));
            return std::pair(at ? FormatRfc3339(*at) : std::string(), at.value_or(clock_.Now()));
          },
          &made);
      // All of a day have one instant, that of its beginning: the oldest days go first.
      AddFound(
          tenant, names, kDueRule, NoticeKind::kDue,
          [this](const v1::LeadProfile& lead) {
            std::string day = query::AttributeText(lead, kFollowUpDay);
            const Instant at = ParseRfc3339(day + "T00:00:00Z").value_or(clock_.Now());
            return std::pair(std::move(day), at);
          },
          &made);
    }
    const Time now = clock_.Monotonic();
    next_search_ = now + std::max<Time::duration>(kBetweenSearches, kShare * (now - begun));
  }
  return notices_.Add(made);
}

Result<NoticeWatch::Agents> NoticeWatch::FindAgents() {
  LP_ASSIGN_OR_RETURN(const std::vector<access::User> users, store_.Users(std::nullopt));
  Agents agents;
  for (const access::User& user : users) {
    if (!user.disabled && !user.agent_id.empty()) agents[user.tenant][user.agent_id].push_back(user.name);
  }
  return agents;
}

bool NoticeWatch::HasNews(const Agents& agents) {
  const bool is_new =
      std::ranges::any_of(agents, [this](const auto& tenant) { return read_to_[tenant.first].empty(); });
  return rung_.exchange(false) || is_new;
}

void NoticeWatch::AddChanges(const Agents& agents, Made* made) {
  if (agents.empty()) return;
  v1::ReadChanges request;
  for (const auto& [tenant, names] : agents) {
    v1::ChangeReader* reader = request.add_readers();
    *reader->mutable_caller() = WholeTenant(tenant);
    reader->set_after(read_to_[tenant]);
    reader->set_updates(true);
  }
  const auto answered = run_.Changes(request);
  const v1::ChangePages* pages = AnswerIn(answered);
  if (pages == nullptr || pages->pages_size() != request.readers_size()) {
    rung_ = true;  // later
    return;
  }
  int number = 0;
  for (const auto& [tenant, names] : agents) {
    const v1::ChangePage& page = pages->pages(number++);
    AddPage(tenant, names, page, made);
    read_to_[tenant] = page.next();
    if (page.more()) rung_ = true;
  }
}

void NoticeWatch::AddPage(const std::string& tenant, const std::map<std::string, Names>& names,
                          const v1::ChangePage& page, Made* made) {
  std::map<std::string, std::vector<Notice>> assigned;  // by the id of the agent
  for (const v1::ChangeEvent& event : page.events()) {
    const bool is_tier = event.type() == "TIER_CHANGED";
    if (!is_tier && event.type() != "CONTACT_TOUCHED") continue;
    const auto change = Json::Parse(event.json());
    if (!change.ok()) continue;
    const std::string lead((*change)["leadId"].text());
    if (!is_tier) {
      const std::string agent((*change)["agentId"].text());
      const std::string version((*change)["version"].text());
      if (!agent.empty()) assigned[agent].push_back({0, NoticeKind::kAssigned, lead, version, clock_.Now()});
      continue;
    }
    if (!IsHighest(tenant, (*change)["to"].text())) continue;
    auto query = QueryBy<v1::GetLead>(WholeTenant(tenant));
    query.set_lead_id(lead);
    const auto answered = run_.Get(query);
    const v1::LeadAnswer* answer = AnswerIn(answered);
    const auto users = names.find(answer == nullptr ? "" : answer->record().row().lead().agent());
    if (users == names.end()) continue;
    const Instant at = InstantIn((*change)["at"], clock_.Now());
    AddFor(tenant, users->second, {0, NoticeKind::kHot, lead, std::string((*change)["seq"].text()), at}, made);
  }
  for (const auto& [agent, notices] : assigned) {
    const auto users = names.find(agent);
    if (users == names.end()) continue;
    if (notices.size() > kMostAssigned) {
      AddFor(tenant, users->second, {0, NoticeKind::kMany, "", std::to_string(notices.size()), clock_.Now()}, made);
      continue;
    }
    for (const Notice& notice : notices) AddFor(tenant, users->second, notice, made);
  }
}

bool NoticeWatch::IsHighest(const std::string& tenant, std::string_view tier) {
  Highest& known = highest_[tenant];
  if (known.tier.empty() || clock_.Monotonic() >= known.until) {
    const auto answered = run_.Definitions(QueryBy<v1::GetDefinitions>(WholeTenant(tenant)));
    const v1::DefinitionsInForce* answer = AnswerIn(answered);
    if (answer == nullptr) return false;
    const config::LoadedDefinitions loaded = config::LoadDefinitions(answer->text());
    if (!loaded.definitions) return false;
    known = {loaded.definitions->For(tenant).tiers.front().name, clock_.Monotonic() + kTierKnown};
  }
  return tier == known.tier;
}

template <typename MarkOf>
void NoticeWatch::AddFound(const std::string& tenant, const std::map<std::string, Names>& names,
                           const std::string& rule, NoticeKind kind, const MarkOf& mark_of, Made* made) {
  auto query = QueryBy<v1::FindLeads>(WholeTenant(tenant));
  query.set_rule(rule);
  query.set_limit(kPage);
  do {
    const auto answered = run_.Find(query);
    const v1::FoundLeads* found = AnswerIn(answered);
    if (found == nullptr) return;  // later
    for (const v1::LeadRow& row : found->rows()) {
      const auto users = names.find(row.lead().agent());
      if (users == names.end()) continue;
      const auto [mark, at] = mark_of(row.lead());
      AddFor(tenant, users->second, {0, kind, row.lead().lead_id(), mark, at}, made);
    }
    query.set_cursor(found->cursor());
  } while (!query.cursor().empty());
}

Status NoticeWatch::AddJobs(Made* made) {
  LP_ASSIGN_OR_RETURN(const std::vector<access::Job> ended, jobs_.EndedAfter(looked_at_));
  for (const access::Job& job : ended) {
    // A token started it if `who` is no user, and nobody is told.
    made->push_back({job.tenant, job.who, {0, NoticeKind::kJobOver, "", job.id, *job.ended}});
    looked_at_ = std::max(looked_at_, *job.ended);
  }
  return Status::Ok();
}

}  // namespace leadpulse::serve
