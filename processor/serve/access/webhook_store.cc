#include "processor/serve/access/webhook_store.h"

#include <utility>

#include "processor/base/text.h"
#include "processor/serve/access/secrets.h"

namespace leadpulse::access {
namespace {

constexpr char kSelectWebhooks[] =
    "SELECT id, tenant, url, events, secret, has_contact, active, created_ms, since_ms, gap_from_ms, gap_until_ms, "
    "failing_since_ms, stopped_why FROM webhooks ";

std::string TextOf(const std::set<std::string>& events) {
  std::string text;
  for (const std::string& event : events) text += event + ",";
  return text;
}

std::set<std::string> EventsIn(std::string_view text) {
  std::set<std::string> events;
  for (const std::string_view event : SplitAtCommas(text)) {
    if (!event.empty()) events.emplace(event);
  }
  return events;
}

std::optional<Instant> InstantOrNull(const SqlStatement& row, int column) {
  return row.IsNull(column) ? std::nullopt : std::optional(Instant{row.Int(column)});
}

Result<Webhook> WebhookOf(const SqlStatement& row, const std::string& key) {
  std::optional<std::string> secret = UnsealBytes(row.Text(4), key);
  if (!secret) return row.Damaged("the secret of a webhook was sealed with another key");
  Webhook webhook;
  webhook.id = row.Int(0);
  webhook.tenant = row.Text(1);
  webhook.settings = {row.Text(2), EventsIn(row.Text(3)), *std::move(secret), row.Int(5) != 0, row.Int(6) != 0};
  webhook.created = Instant{row.Int(7)};
  webhook.since = Instant{row.Int(8)};
  if (!row.IsNull(9)) webhook.gap = {Instant{row.Int(9)}, Instant{row.Int(10)}};
  webhook.failing_since = InstantOrNull(row, 11);
  webhook.stopped_why = row.Text(12);
  return webhook;
}

std::string SubjectOf(int64_t webhook) { return "webhook:" + std::to_string(webhook); }

Status NoWebhook() { return Status::Rejected("there is no such webhook"); }

constexpr char kSelectDeliveries[] =
    "SELECT id, coalesce(number, 0), lead, kind, line, attempts, at_ms, took_ms, status, problem, next_ms FROM "
    "webhook_deliveries ";

Result<WebhookDelivery> DeliveryOf(const SqlStatement& row) {
  return WebhookDelivery{
      row.Int(0),
      {row.Int(1), row.Text(2), row.Text(3), row.Text(4)},
      row.Int(5),
      {Instant{row.Int(6)}, Millis{row.Int(7)}, static_cast<int>(row.Int(8)), row.Text(9), InstantOrNull(row, 10)}};
}

SqlValue NextOf(const WebhookAttempt& attempt) {
  return attempt.next ? SqlValue(attempt.next->millis) : SqlValue(nullptr);
}

}  // namespace

Result<int64_t> WebhookStore::Add(const Place& begin, const WebhookSettings& settings, const ChangeStamp& change) {
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  const SqlConnection& sql = transaction.sql();
  const std::string& tenant = begin.tenant;
  LP_ASSIGN_OR_RETURN(const int64_t others, sql.Int("SELECT count(*) FROM webhooks WHERE tenant = ?", {tenant}));
  if (others >= kMostWebhooks) return Status::Rejected("there are 20 webhooks already: remove one first");
  LP_ASSIGN_OR_RETURN(const int64_t all, sql.Int("SELECT count(*) FROM webhooks"));
  if (all >= kMostOfAll) return Status::Rejected("the tenants of this front have 500 webhooks, the most that it sends");
  LP_RETURN_IF_ERROR(sql.Run(
      "INSERT INTO webhooks (tenant, url, events, secret, has_contact, active, created_ms, since_ms, position) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, coalesce((SELECT seq FROM sqlite_sequence WHERE name = "
      "'webhook_changes'), 0))",
      {tenant, settings.url, TextOf(settings.events), Blob{SealBytes(settings.secret, database_->keys().webhook)},
       int64_t{settings.has_contact}, int64_t{settings.active}, change.at.millis, change.at.millis}));
  const int64_t id = sql.LastRowId();
  LP_RETURN_IF_ERROR(
      sql.Run("INSERT OR IGNORE INTO webhook_places VALUES (?, ?, ?)", {tenant, begin.after, begin.read.millis}));
  LP_RETURN_IF_ERROR(Log(tenant, id, "webhook.create", change, transaction));
  LP_RETURN_IF_ERROR(transaction.Commit());
  return id;
}

Result<std::vector<Webhook>> WebhookStore::Webhooks(const std::optional<std::string>& tenant) {
  return database_->Read().sql().Rows<Webhook>(
      std::string(kSelectWebhooks) + (tenant ? "WHERE tenant = ? " : "") + "ORDER BY id",
      tenant ? std::vector<SqlValue>{*tenant} : std::vector<SqlValue>{},
      [this](const SqlStatement& row) { return WebhookOf(row, database_->keys().webhook); });
}

Result<std::optional<Webhook>> WebhookStore::Find(const std::string& tenant, int64_t id) {
  return database_->Read().sql().First<Webhook>(
      std::string(kSelectWebhooks) + "WHERE tenant = ? AND id = ?", {tenant, id},
      [this](const SqlStatement& row) { return WebhookOf(row, database_->keys().webhook); });
}

Status WebhookStore::Change(const Webhook& webhook, bool forgets_gap, const ChangeStamp& change) {
  const WebhookSettings& settings = webhook.settings;
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  const SqlConnection& sql = transaction.sql();
  LP_RETURN_IF_ERROR(sql.Run(
      "UPDATE webhooks SET url = ?, events = ?, secret = ?, has_contact = ?, "
      "failing_since_ms = iif(? > active, NULL, failing_since_ms), stopped_why = iif(? > active, '', stopped_why), "
      "active = ? WHERE id = ?",
      {settings.url, TextOf(settings.events), Blob{SealBytes(settings.secret, database_->keys().webhook)},
       int64_t{settings.has_contact}, int64_t{settings.active}, int64_t{settings.active}, int64_t{settings.active},
       webhook.id}));
  if (sql.ChangedRows() == 0) return NoWebhook();
  if (forgets_gap) {
    LP_RETURN_IF_ERROR(
        sql.Run("UPDATE webhooks SET gap_from_ms = NULL, gap_until_ms = NULL WHERE id = ?", {webhook.id}));
  }
  LP_RETURN_IF_ERROR(Log(webhook.tenant, webhook.id, "webhook.change", change, transaction));
  return transaction.Commit();
}

Status WebhookStore::Remove(const Webhook& webhook, const ChangeStamp& change) {
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  const SqlConnection& sql = transaction.sql();
  LP_RETURN_IF_ERROR(sql.Run("DELETE FROM webhooks WHERE id = ?", {webhook.id}));
  if (sql.ChangedRows() == 0) return NoWebhook();
  constexpr char kWithoutWebhook[] = " WHERE tenant = ? AND NOT EXISTS (SELECT 1 FROM webhooks w WHERE w.tenant = ?)";
  for (const char* table : {"webhook_places", "webhook_changes"}) {
    LP_RETURN_IF_ERROR(
        sql.Run(std::string("DELETE FROM ") + table + kWithoutWebhook, {webhook.tenant, webhook.tenant}));
  }
  LP_RETURN_IF_ERROR(Log(webhook.tenant, webhook.id, "webhook.remove", change, transaction));
  return transaction.Commit();
}

Status WebhookStore::Stop(const Webhook& webhook, const std::string& why, const ChangeStamp& change) {
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  LP_RETURN_IF_ERROR(transaction.sql().Run(
      "UPDATE webhooks SET active = 0, stopped_why = ? WHERE id = ? AND active = 1", {why, webhook.id}));
  if (transaction.sql().ChangedRows() == 0) return Status::Ok();
  LP_RETURN_IF_ERROR(Log(webhook.tenant, webhook.id, "webhook.stop", change, transaction));
  return transaction.Commit();
}

Status WebhookStore::Log(const std::string& tenant, int64_t webhook, const std::string& action,
                         const ChangeStamp& change, const Transaction& transaction) {
  return audit_->Append({change.at, change.who, tenant, action, SubjectOf(webhook), "done"}, transaction);
}

Result<std::vector<WebhookDelivery>> WebhookStore::Deliveries(int64_t webhook, int64_t most) {
  return database_->Read().sql().Rows<WebhookDelivery>(
      std::string(kSelectDeliveries) + "WHERE webhook = ? ORDER BY id DESC LIMIT ?", {webhook, most}, DeliveryOf);
}

Result<std::optional<int64_t>> WebhookStore::WebhookOfDelivery(const std::string& tenant, int64_t delivery) {
  return database_->Read().sql().First<int64_t>("SELECT webhook FROM webhook_deliveries WHERE tenant = ? AND id = ?",
                                                {tenant, delivery},
                                                [](const SqlStatement& row) -> Result<int64_t> { return row.Int(0); });
}

Result<int64_t> WebhookStore::Ask(const Webhook& webhook, const WebhookChange& what, const std::string& action,
                                  const ChangeStamp& change) {
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  const SqlConnection& sql = transaction.sql();
  LP_RETURN_IF_ERROR(
      sql.Run("INSERT INTO webhook_deliveries (webhook, tenant, lead, kind, line, attempts, at_ms) "
              "SELECT id, tenant, ?, ?, ?, 0, ? FROM webhooks WHERE id = ?",
              {what.lead, what.kind, what.line, change.at.millis, webhook.id}));
  if (sql.ChangedRows() == 0) return NoWebhook();
  const int64_t id = sql.LastRowId();
  LP_RETURN_IF_ERROR(Log(webhook.tenant, webhook.id, action, change, transaction));
  LP_RETURN_IF_ERROR(transaction.Commit());
  return id;
}

Result<std::optional<WebhookDelivery>> WebhookStore::NextAsked(int64_t webhook) {
  return database_->Read().sql().First<WebhookDelivery>(
      std::string(kSelectDeliveries) + "WHERE webhook = ? AND number IS NULL AND attempts = 0 ORDER BY id LIMIT 1",
      {webhook}, DeliveryOf);
}

Status WebhookStore::EndAsked(int64_t delivery, const WebhookAttempt& attempt) {
  return database_->Run(
      "UPDATE webhook_deliveries SET attempts = 1, at_ms = ?, took_ms = ?, status = ?, problem = ? WHERE id = ?",
      {attempt.at.millis, attempt.took.count(), int64_t{attempt.status}, attempt.problem, delivery});
}

Status WebhookStore::EndPost(const Webhook& webhook, const WebhookChange& change, const WebhookAttempt& attempt) {
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  const SqlConnection& sql = transaction.sql();
  const bool is_taken = attempt.problem.empty();
  LP_RETURN_IF_ERROR(is_taken
                         ? sql.Run("UPDATE webhooks SET position = max(position, ?), failing_since_ms = NULL WHERE "
                                   "id = ?",
                                   {change.number, webhook.id})
                         : sql.Run("UPDATE webhooks SET failing_since_ms = coalesce(failing_since_ms, ?) WHERE id = ?",
                                   {attempt.at.millis, webhook.id}));
  if (sql.ChangedRows() == 0) return Status::Ok();  // it was removed meanwhile
  LP_RETURN_IF_ERROR(
      sql.Run("UPDATE webhook_deliveries SET attempts = attempts + 1, at_ms = ?, took_ms = ?, status = ?, problem = ?, "
              "next_ms = ? WHERE webhook = ? AND number = ?",
              {attempt.at.millis, attempt.took.count(), int64_t{attempt.status}, attempt.problem, NextOf(attempt),
               webhook.id, change.number}));
  if (sql.ChangedRows() > 0) return transaction.Commit();
  // The contact may have been erased while it was posted. Whom an erasure is about is not kept either.
  LP_ASSIGN_OR_RETURN(const int64_t is_there,
                      sql.Int("SELECT count(*) FROM webhook_changes WHERE number = ?", {change.number}));
  const bool keeps = is_there > 0 && change.kind != kErasedKind;
  LP_RETURN_IF_ERROR(sql.Run(
      "INSERT INTO webhook_deliveries (webhook, number, tenant, lead, kind, line, attempts, at_ms, took_ms, "
      "status, problem, next_ms) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)",
      {webhook.id, change.number, webhook.tenant, keeps ? change.lead : "", change.kind, keeps ? change.line : "",
       attempt.at.millis, attempt.took.count(), int64_t{attempt.status}, attempt.problem, NextOf(attempt)}));
  LP_RETURN_IF_ERROR(
      sql.Run("DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries WHERE webhook = ? "
              "ORDER BY id DESC LIMIT -1 OFFSET ?)",
              {webhook.id, kMostDeliveries}));
  return transaction.Commit();
}

}  // namespace leadpulse::access
