// Writes the notices of the bell: what happened to the leads of users who are agents, and jobs that are over.
//
// A thread follows the changes of each tenant that has agents: a lead came into the highest tier, or was assigned.
// Replies and days to follow up are searched for, at most every ten seconds, and less often while that takes long. What
// happens while no run answers, or while the front is down, is noticed later, except changes of tier and owner.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/clock.h"
#include "processor/base/json.h"
#include "processor/base/status.h"
#include "processor/serve/access/access_store.h"
#include "processor/serve/access/job_log.h"
#include "processor/serve/access/notice_store.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

// Thread-safe, except Start and Stop.
class NoticeWatch {
 public:
  // Keeps the arguments, which must outlive this.
  NoticeWatch(access::AccessStore* store, access::JobLog* jobs, access::NoticeStore* notices, RunClient* run,
              const Clock* clock)
      : store_(*store), jobs_(*jobs), notices_(*notices), run_(*run), clock_(*clock), looked_at_(clock->Now()) {}
  ~NoticeWatch() { Stop(); }

  // Begins to follow the run.
  void Start();
  // Reads the changes with the next look: there are some.
  void Ring() { rung_ = true; }
  void Stop();

 private:
  using Time = std::chrono::steady_clock::time_point;
  using Names = std::vector<std::string>;                              // of users
  using Agents = std::map<std::string, std::map<std::string, Names>>;  // by tenant and id of the agent
  using Made = std::vector<access::NewNotice>;

  void Watch(const std::stop_token& stop);
  // Writes the notices of what happened since the last call.
  Status LookOnce();
  Result<Agents> FindAgents();
  // Whether the changes are to be read: it was rung for, or a tenant has its first agent.
  bool HasNews(const Agents& agents);
  // Adds notices of the changes since the last call.
  void AddChanges(const Agents& agents, Made* made);
  void AddPage(const std::string& tenant, const std::map<std::string, Names>& names, const v1::ChangePage& page,
               Made* made);
  // Whether this is the highest tier of the tenant.
  bool IsHighest(const std::string& tenant, std::string_view tier);
  // Adds a notice for each lead with an agent for which the rule holds. `mark_of` returns the mark of a row, and the
  // instant that it has.
  template <typename MarkOf>
  void AddFound(const std::string& tenant, const std::map<std::string, Names>& names, const std::string& rule,
                access::NoticeKind kind, const MarkOf& mark_of, Made* made);
  Status AddJobs(Made* made);

  access::AccessStore& store_;
  access::JobLog& jobs_;
  access::NoticeStore& notices_;
  RunClient& run_;
  const Clock& clock_;
  // Used by the thread alone:
  std::map<std::string, std::string> read_to_;  // in the changes, by tenant
  struct Highest {
    std::string tier;
    Time until;
  };
  std::map<std::string, Highest> highest_;  // by tenant
  Instant looked_at_;                       // until when jobs that ended are known
  std::optional<Time> next_search_;
  std::string said_;  // the last warning
  std::atomic<bool> rung_{true};
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::jthread thread_;
};

}  // namespace leadpulse::serve
