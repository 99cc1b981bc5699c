// The webhooks of tenants, the changes that wait for them, and what became of the latest posts.
//
// A tenant's changes stand in one log, once, however many webhooks it has. Each webhook has a position in it, which
// moves when its receiver has accepted a change. A change leaves the log when all webhooks are past it, when its
// contact is erased, or at a limit: a webhook that had not sent it then has a gap, which it shows.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/serve/access/access_database.h"
#include "processor/serve/access/access_store.h"
#include "processor/serve/access/audit_log.h"

namespace leadpulse::access {

// What an admin decides.
struct WebhookSettings {
  std::string url;
  std::set<std::string> events;  // kinds of changes, `TIER_CHANGED`; empty: all
  std::string secret;            // signs the posts (delivery/signature.h)
  bool has_contact = false;      // whether posts have the whole contact
  bool active = true;
};

// The time in which changes may not have been sent.
struct WebhookGap {
  Instant from, until;
};

struct Webhook {
  int64_t id = 0;
  std::string tenant;
  WebhookSettings settings;
  Instant created;
  Instant since;  // the changes from then on are sent
  std::optional<WebhookGap> gap;
  std::optional<Instant> failing_since;  // the first of the posts that failed since the last success
  std::string stopped_why;               // why the front has made it inactive; empty: it has not
};

// A change that is sent, or was.
struct WebhookChange {
  int64_t number = 0;  // in the log
  std::string lead;
  std::string kind;
  std::string line;  // as the stream has it
};

// What became of a post.
struct WebhookAttempt {
  Instant at;
  Millis took{0};
  int status = 0;       // that of the answer; 0: none came
  std::string problem;  // a sentence; empty: the receiver accepted it
  std::optional<Instant> next;
};

struct WebhookDelivery {
  int64_t id = 0;
  WebhookChange change;  // no lead and no line: about none, or it was erased
  int64_t attempts = 0;  // 0: asked for, and not posted yet
  WebhookAttempt last;
};

// The limits of a tenant.
inline constexpr int64_t kMostWebhooks = 20;
inline constexpr int64_t kMostWaitingChanges = 100'000;
// The most webhooks of all tenants: each has a thread.
inline constexpr int64_t kMostOfAll = 500;
// How long a change waits at most.
inline constexpr Millis kLongestWait{14 * kMillisPerDay};
// The number of deliveries that are kept for a webhook.
inline constexpr int64_t kMostDeliveries = 100;

// The kind of a post that tests a webhook, and its line.
inline constexpr char kTestKind[] = "TEST";
// The kind of the change that a contact is erased.
inline constexpr char kErasedKind[] = "LEAD_ERASED";

// Thread-safe. Errors are those of the database; Rejected, with what is expected, if there is no such webhook.
class WebhookStore {
 public:
  // Does not own the arguments.
  WebhookStore(AccessDatabase* database, AuditLog* audit) : database_(database), audit_(audit) {}

  // Where the changes of a tenant are followed.
  struct Place {
    std::string tenant;
    std::string after;  // a position of the run; empty: from now on
    Instant read;       // when the run answered last
  };

  // ---- For admins: each change adds its line to the audit log in the same transaction ----

  // Adds a webhook, which gets the changes that are appended from then on. `begin`: where to follow its tenant, if it
  // has no webhook yet. Returns the id. Rejected at kMostWebhooks and kMostOfAll.
  Result<int64_t> Add(const Place& begin, const WebhookSettings& settings, const ChangeStamp& change);
  // Returns the webhooks by id. Without a tenant, those of all.
  Result<std::vector<Webhook>> Webhooks(const std::optional<std::string>& tenant);
  Result<std::optional<Webhook>> Find(const std::string& tenant, int64_t id);
  // Replaces the settings. One that becomes active goes on where it was, without its failures. `forgets_gap`: an admin
  // has seen the gap.
  Status Change(const Webhook& webhook, bool forgets_gap, const ChangeStamp& change);
  Status Remove(const Webhook& webhook, const ChangeStamp& change);
  // Makes it inactive because of its receiver. It stays where it was.
  Status Stop(const Webhook& webhook, const std::string& why, const ChangeStamp& change);

  // ---- Deliveries ----

  // Returns the latest ones, the latest first, at most `most`.
  Result<std::vector<WebhookDelivery>> Deliveries(int64_t webhook, int64_t most = kMostDeliveries);
  // Returns the id of the webhook that has this delivery among its latest.
  Result<std::optional<int64_t>> WebhookOfDelivery(const std::string& tenant, int64_t delivery);
  // Asks for a post of this change, without a place in the log, or again. Returns its id.
  Result<int64_t> Ask(const Webhook& webhook, const WebhookChange& what, const std::string& action,
                      const ChangeStamp& change);
  // Returns the first delivery that was asked for and not posted yet.
  Result<std::optional<WebhookDelivery>> NextAsked(int64_t webhook);
  // Stores what became of it: one post, whatever the answer.
  Status EndAsked(int64_t delivery, const WebhookAttempt& attempt);

  // ---- The log ----

  // Returns the places of the tenants that have a webhook.
  Result<std::vector<Place>> Places();
  // What was read of a tenant's changes.
  struct Reading {
    Place place;  // after them
    std::vector<WebhookChange> changes;
    std::optional<WebhookGap> gap = {};  // before them changes may be missing
  };
  // Appends the changes that a webhook of their tenant wants, and stores the places and the gaps, in one transaction.
  // An erasure removes the earlier changes of its contact. A webhook that was only just made begins at the end of a
  // gap.
  Status Append(const std::vector<Reading>& readings);
  // Returns the first change that the webhook wants and has not sent.
  Result<std::optional<WebhookChange>> Next(const Webhook& webhook);
  Result<int64_t> CountWaiting(const Webhook& webhook);
  // Stores what became of a post. If the receiver accepted it, the webhook's position moves past it.
  Status EndPost(const Webhook& webhook, const WebhookChange& change, const WebhookAttempt& attempt);
  // Removes changes that no webhook needs, and those beyond the limits.
  Status Trim(Instant now);

  // ---- Erased leads ----

  Result<std::vector<std::string>> Leads(const std::string& tenant);
  // Removes what is known of the lead up to an instant, except that its erasure is still to be sent.
  static Status ForgetLead(const std::string& tenant, const std::string& lead, Instant until,
                           const Transaction& transaction);

 private:
  Status Log(const std::string& tenant, int64_t webhook, const std::string& action, const ChangeStamp& change,
             const Transaction& transaction);
  Status TrimTenant(const std::string& tenant, Instant now);

  AccessDatabase* const database_;
  AuditLog* const audit_;
};

}  // namespace leadpulse::access
