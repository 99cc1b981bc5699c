// Removes the front's own data about erased leads: from the audit log, the log of commands, saved views, notices, what
// imports changed, what waits for webhooks, and the files of jobs, so that no file of the database has it.
//
// A thread learns from the run which leads are erased, whoever erased them: the API, the command line or a topic. When
// the front begins, and when it may have missed some, it asks about all ids and addresses that the front has.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/serve/access/access_database.h"
#include "processor/serve/access/access_store.h"
#include "processor/serve/access/audit_log.h"
#include "processor/serve/access/command_log.h"
#include "processor/serve/access/import_changes.h"
#include "processor/serve/access/notice_store.h"
#include "processor/serve/access/view_store.h"
#include "processor/serve/access/webhook_store.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

// Where the front has data about leads. All must outlive ErasedLeads.
struct FrontData {
  access::AccessDatabase* database;
  access::AccessStore* store;
  access::AuditLog* audit;
  access::CommandLog* commands;
  access::ImportChanges* changes;
  access::ViewStore* views;
  access::NoticeStore* notices;
  access::WebhookStore* webhooks;
  // Removes the files of jobs that may have leads of the tenant in them.
  std::function<Status(const std::string& tenant)> forget_files;
};

// Thread-safe, except Start and Stop.
class ErasedLeads {
 public:
  ErasedLeads(FrontData data, RunClient* run, const Clock* clock)
      : data_(std::move(data)), run_(*run), clock_(*clock) {}
  ~ErasedLeads() { Stop(); }

  // Begins to follow the run.
  void Start();
  // Reads the erasures with the next look: there may be some.
  void Ring() { rung_ = true; }
  void Stop();
  // Forgets the lead of an erasure that the API has sent, once it is applied; also its address, unless others have it.
  Status Forget(const access::SentCommand& sent);

 private:
  void Follow(const std::stop_token& stop);
  // Reads and forgets what is erased since the last call. An error: some of it is not forgotten.
  Status LookOnce();
  // Whether to read: it was rung for, a tenant is new, or a pending write may have ended.
  bool HasNews(const std::vector<std::string>& tenants);
  // Returns whether there may be more.
  Result<bool> ReadErasures(const std::vector<std::string>& tenants);
  Status TakePage(const std::string& tenant, const v1::ErasurePage& page);
  // Adds the leads of `unsure_` whose write is not pending any more.
  Status AddSettled(const std::string& tenant, std::set<std::string>* ids) const;
  // Asks about all ids and addresses that the front has.
  Status LookAtAll(const std::string& tenant);
  // The writes on their way when the run was asked.
  struct Before {
    Instant asked;                           // when the run was asked
    std::map<std::string, Instant> pending;  // CommandLog::PendingLeads before that
    // Returns the last instant whose data are about an erased lead of this name, if no lead has the name: a pending
    // write may make a new one.
    Instant Until(const std::string& name) const;
    // Returns the same for an erased lead that may be there again.
    Instant Until(const v1::ErasedLead& erased) const;
  };
  Result<Before> BeforeAsking(const std::string& tenant) const;
  // An erased lead, and what is forgotten with it.
  struct Gone {
    std::string lead;
    Instant until;                                  // the last instant whose data are about it
    std::string who;                                // erased it
    bool is_known = false;                          // the audit log says so even if none of its lines has the lead
    std::map<std::string, Instant> addresses = {};  // those that nobody has any more, as `until`
    bool is_in_views = false;
  };
  // Asks about these, and forgets those that are erased. Retriable if the front ends meanwhile.
  Status ForgetAmong(const std::string& tenant, const std::set<std::string>& ids);
  // Returns what is forgotten with a lead that the API has not erased; nullopt: Forget does it.
  Result<std::optional<Gone>> GoneOf(const std::string& tenant, const v1::ErasedLead& erased, const Before& before);
  // Adds the address, unless somebody has it.
  Status AddAddress(const std::string& tenant, const std::string& address, const Before& before, Gone* gone);
  // Forgets these leads of a tenant in one transaction: each commit costs a sync of the disk.
  Status ForgetAll(const std::string& tenant, const std::vector<Gone>& all);
  // Removes views that name one of these ids and addresses.
  Status RemoveViews(const std::string& tenant, const std::vector<std::string>& names);

  const FrontData data_;
  RunClient& run_;
  const Clock& clock_;
  // Used by the thread alone:
  std::map<std::string, std::string, std::less<>> read_to_;            // by tenant
  std::set<std::tuple<std::string, std::string, int64_t>> forgotten_;  // tenant, id, and when it was erased
  // By tenant: the erased leads that a pending write may make anew, with the time of that write.
  std::map<std::string, std::map<std::string, Instant>> unsure_;
  std::string said_;      // the last warning
  std::stop_token stop_;  // requested once the front ends
  std::atomic<bool> rung_{true};
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::jthread thread_;
};

}  // namespace leadpulse::serve
