// The log of changes that wait for webhooks (webhook_store.h).
#include <string>
#include <utility>
#include <vector>

#include "processor/serve/access/webhook_store.h"

namespace leadpulse::access {
namespace {

// A gap within this time after a webhook was made is before its beginning: the run has collected no changes until then.
constexpr Millis kFirstMoments{10'000};

// Holds for a webhook `w` that wants the kind of the change `c`.
constexpr char kWants[] = "(w.events = '' OR instr(',' || w.events, ',' || c.kind || ',') > 0)";

// Returns a statement that selects columns of the changes that a webhook wants and has not sent. `?`: its id.
std::string SelectWaiting(const char* columns) {
  return std::string("SELECT ") + columns +
         " FROM webhooks w JOIN webhook_changes c ON c.tenant = w.tenant AND c.number > w.position AND " + kWants +
         " WHERE w.id = ?";
}

Status ForgetDeliveries(const std::string& tenant, const std::string& lead, const SqlConnection& sql) {
  return sql.Run("UPDATE webhook_deliveries SET lead = '', line = '' WHERE tenant = ? AND lead = ?", {tenant, lead});
}

Status AddGap(const std::string& tenant, const WebhookGap& gap, const SqlConnection& sql) {
  const int64_t new_from = (gap.until - kFirstMoments).millis;
  LP_RETURN_IF_ERROR(sql.Run("UPDATE webhooks SET since_ms = ? WHERE tenant = ? AND created_ms >= ?",
                             {gap.until.millis, tenant, new_from}));
  return sql.Run(
      "UPDATE webhooks SET gap_from_ms = min(coalesce(gap_from_ms, ?), ?), gap_until_ms = ? WHERE tenant = ? "
      "AND created_ms < ?",
      {gap.from.millis, gap.from.millis, gap.until.millis, tenant, new_from});
}

// Appends the change if a webhook wants it.
Status AddChange(const WebhookStore::Place& place, const WebhookChange& change, const SqlConnection& sql) {
  if (change.kind == kErasedKind) {
    LP_RETURN_IF_ERROR(sql.Run("DELETE FROM webhook_changes WHERE tenant = ? AND lead = ? AND kind <> ?",
                               {place.tenant, change.lead, kErasedKind}));
    LP_RETURN_IF_ERROR(ForgetDeliveries(place.tenant, change.lead, sql));
  }
  return sql.Run(
      std::string("INSERT INTO webhook_changes (tenant, lead, kind, line, at_ms) SELECT c.* FROM (SELECT ? AS "
                  "tenant, ? AS lead, ? AS kind, ? AS line, ? AS at_ms) c WHERE EXISTS (SELECT 1 FROM webhooks "
                  "w WHERE w.tenant = c.tenant AND ") +
          kWants + ")",
      {place.tenant, change.lead, change.kind, change.line, place.read.millis});
}

}  // namespace

Result<std::vector<WebhookStore::Place>> WebhookStore::Places() {
  return database_->Read().sql().Rows<Place>("SELECT tenant, after, read_ms FROM webhook_places ORDER BY tenant", {},
                                             [](const SqlStatement& row) -> Result<Place> {
                                               return Place{row.Text(0), row.Text(1), Instant{row.Int(2)}};
                                             });
}

Status WebhookStore::Append(const std::vector<Reading>& readings) {
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  const SqlConnection& sql = transaction.sql();
  for (const Reading& reading : readings) {
    const Place& place = reading.place;
    LP_RETURN_IF_ERROR(sql.Run("UPDATE webhook_places SET after = ?, read_ms = ? WHERE tenant = ?",
                               {place.after, place.read.millis, place.tenant}));
    if (sql.ChangedRows() == 0) continue;  // the tenant's last webhook was removed meanwhile
    if (reading.gap) LP_RETURN_IF_ERROR(AddGap(place.tenant, *reading.gap, sql));
    for (const WebhookChange& change : reading.changes) LP_RETURN_IF_ERROR(AddChange(place, change, sql));
  }
  return transaction.Commit();
}

Result<std::optional<WebhookChange>> WebhookStore::Next(const Webhook& webhook) {
  return database_->Read().sql().First<WebhookChange>(
      SelectWaiting("c.number, c.lead, c.kind, c.line") + " ORDER BY c.number LIMIT 1", {webhook.id},
      [](const SqlStatement& row) -> Result<WebhookChange> {
        return WebhookChange{row.Int(0), row.Text(1), row.Text(2), row.Text(3)};
      });
}

Result<int64_t> WebhookStore::CountWaiting(const Webhook& webhook) {
  return database_->Read().sql().Int(SelectWaiting("count(*)"), {webhook.id});
}

Status WebhookStore::Trim(Instant now) {
  LP_ASSIGN_OR_RETURN(const std::vector<Place> places, Places());
  constexpr char kErasures[] = "SELECT count(*) FROM webhook_changes WHERE kind = 'LEAD_ERASED'";
  LP_ASSIGN_OR_RETURN(const int64_t before, database_->Read().sql().Int(kErasures));
  for (const Place& place : places) LP_RETURN_IF_ERROR(TrimTenant(place.tenant, now));
  LP_ASSIGN_OR_RETURN(const int64_t after, database_->Read().sql().Int(kErasures));
  // The ids of erased contacts must not stay in the log of SQLite either.
  return before == after ? Status::Ok() : database_->Checkpoint();
}

Status WebhookStore::TrimTenant(const std::string& tenant, Instant now) {
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  const SqlConnection& sql = transaction.sql();
  LP_RETURN_IF_ERROR(sql.Run(
      std::string("DELETE FROM webhook_changes AS c WHERE c.tenant = ? AND NOT EXISTS (SELECT 1 FROM webhooks w "
                  "WHERE w.tenant = c.tenant AND w.position < c.number AND ") +
          kWants + ")",
      {tenant}));
  LP_ASSIGN_OR_RETURN(
      const int64_t last,
      sql.Int(
          "SELECT max(coalesce((SELECT max(number) FROM webhook_changes WHERE tenant = ? AND at_ms < ?), 0), "
          "coalesce((SELECT number FROM webhook_changes WHERE tenant = ? ORDER BY number DESC LIMIT 1 OFFSET ?), 0))",
          {tenant, (now - kLongestWait).millis, tenant, kMostWaitingChanges}));
  if (last == 0) return transaction.Commit();
  // Each webhook loses the changes that it wants and has not sent.
  const std::string lost = std::string(
                               " FROM webhook_changes c WHERE c.tenant = w.tenant AND c.number > w.position AND "
                               "c.number <= ? AND ") +
                           kWants;
  LP_RETURN_IF_ERROR(sql.Run("UPDATE webhooks AS w SET gap_until_ms = (SELECT max(c.at_ms)" + lost +
                                 "), gap_from_ms = coalesce(gap_from_ms, (SELECT min(c.at_ms)" + lost +
                                 ")) WHERE w.tenant = ? AND EXISTS (SELECT 1" + lost + ")",
                             {last, last, tenant, last}));
  LP_RETURN_IF_ERROR(sql.Run("DELETE FROM webhook_changes WHERE tenant = ? AND number <= ?", {tenant, last}));
  return transaction.Commit();
}

Result<std::vector<std::string>> WebhookStore::Leads(const std::string& tenant) {
  return database_->Read().sql().Rows<std::string>(
      "SELECT lead FROM webhook_changes WHERE tenant = ? UNION SELECT lead FROM webhook_deliveries WHERE tenant = ? "
      "AND "
      "lead <> ''",
      {tenant, tenant}, [](const SqlStatement& row) -> Result<std::string> { return row.Text(0); });
}

Status WebhookStore::ForgetLead(const std::string& tenant, const std::string& lead, Instant until,
                                const Transaction& transaction) {
  const SqlConnection& sql = transaction.sql();
  LP_RETURN_IF_ERROR(sql.Run("DELETE FROM webhook_changes WHERE tenant = ? AND lead = ? AND kind <> ? AND at_ms <= ?",
                             {tenant, lead, kErasedKind, until.millis}));
  return ForgetDeliveries(tenant, lead, sql);
}

}  // namespace leadpulse::access
