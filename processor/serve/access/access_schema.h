// The tables of serve.db, version by version.
#pragma once

#include <array>
#include <cstdint>

namespace leadpulse::access {

// Stored as SQLite's application_id, so that the file of another program is refused.
inline constexpr int64_t kApplicationId = 0x4c507376;  // `LPsv`

// Migration i leads from version i to i + 1. Never change one that was released: add another.
inline constexpr std::array kMigrations = {
    // `fits` is a hash that identifies the key. Times are milliseconds since 1970, days are days since 1970. Roles and
    // scopes are the numbers in principal.h.
    R"(
CREATE TABLE key_check (id INTEGER PRIMARY KEY CHECK (id = 1), fits BLOB NOT NULL) STRICT;
CREATE TABLE tenants (tenant TEXT PRIMARY KEY, created_ms INTEGER NOT NULL) STRICT;
CREATE TABLE users (
  tenant TEXT NOT NULL REFERENCES tenants, name TEXT NOT NULL, role INTEGER NOT NULL, agent_id TEXT NOT NULL,
  password_hash TEXT NOT NULL, failed_attempts INTEGER NOT NULL DEFAULT 0, last_failed_ms INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL, PRIMARY KEY (tenant, name)) STRICT;
CREATE TABLE tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT, hash BLOB NOT NULL UNIQUE, label TEXT NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants, role INTEGER NOT NULL, agent_id TEXT NOT NULL, scopes INTEGER NOT NULL,
  created_ms INTEGER NOT NULL, expires_ms INTEGER, revoked_ms INTEGER, last_used_day INTEGER) STRICT;
CREATE TABLE audit (
  number INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, who TEXT NOT NULL, tenant TEXT NOT NULL, action TEXT NOT NULL,
  subject TEXT, subject_hash BLOB NOT NULL, outcome TEXT NOT NULL, chain BLOB NOT NULL) STRICT;
CREATE INDEX audit_by_subject ON audit (subject_hash) WHERE subject IS NOT NULL;
CREATE INDEX audit_by_tenant ON audit (tenant, number);
CREATE TABLE audit_head (
  id INTEGER PRIMARY KEY CHECK (id = 1), lines INTEGER NOT NULL, chain BLOB NOT NULL, seal BLOB NOT NULL) STRICT;
)",
    // The commands that API clients sent. `state` is the number in command_log.h, `file` and `position` say where the
    // record is.
    R"(
CREATE TABLE commands (
  tenant TEXT NOT NULL, id TEXT NOT NULL, who TEXT NOT NULL, request_hash BLOB NOT NULL, lead TEXT NOT NULL,
  at_ms INTEGER NOT NULL, file TEXT NOT NULL DEFAULT '', position INTEGER NOT NULL DEFAULT -1,
  state INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '', detail TEXT NOT NULL DEFAULT '',
  erases INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (tenant, who, id)) STRICT;
CREATE INDEX commands_by_time ON commands (at_ms);
CREATE INDEX commands_by_lead ON commands (tenant, lead);
)",
    // A disabled user stays in the list and cannot log in.
    "ALTER TABLE users ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;",
    // `file` may also be a topic, and `partition` is in it.
    "ALTER TABLE commands ADD COLUMN partition INTEGER NOT NULL DEFAULT 0;",
    // `kind` and `state` are the numbers in job_log.h. `ended_ms` is null while a job is not over.
    R"(
CREATE TABLE jobs (
  tenant TEXT NOT NULL, id TEXT NOT NULL, who TEXT NOT NULL, kind INTEGER NOT NULL, request_hash BLOB NOT NULL,
  request TEXT NOT NULL, created_ms INTEGER NOT NULL, state INTEGER NOT NULL, cancelling INTEGER NOT NULL DEFAULT 0,
  done INTEGER NOT NULL DEFAULT 0, total INTEGER, wrong INTEGER NOT NULL DEFAULT 0, reasons TEXT NOT NULL DEFAULT '',
  place TEXT NOT NULL DEFAULT '', page TEXT NOT NULL DEFAULT '', detail TEXT NOT NULL DEFAULT '', result TEXT NOT NULL DEFAULT '',
  ended_ms INTEGER, PRIMARY KEY (tenant, id)) STRICT;
CREATE INDEX jobs_by_end ON jobs (ended_ms);
)",
    // People who are logged in (session_store.h), and the searches that they saved (view_store.h). `query` is the
    // query string of the page.
    R"(
CREATE TABLE sessions (
  hash BLOB PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  FOREIGN KEY (tenant, name) REFERENCES users (tenant, name) ON DELETE CASCADE) STRICT;
CREATE INDEX sessions_by_user ON sessions (tenant, name, created_ms);
CREATE INDEX sessions_by_end ON sessions (expires_ms);
CREATE TABLE views (
  id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, name TEXT NOT NULL, title TEXT NOT NULL,
  query TEXT NOT NULL, UNIQUE (tenant, name, title),
  FOREIGN KEY (tenant, name) REFERENCES users (tenant, name) ON DELETE CASCADE) STRICT;
)",
    // A request that is sent again is answered with 201 as the first was.
    "ALTER TABLE commands ADD COLUMN creates INTEGER NOT NULL DEFAULT 0;",
    // A command that was refused because another request made the contact first is written again as an update.
    "ALTER TABLE commands ADD COLUMN upserts INTEGER NOT NULL DEFAULT 0;",
    // The front forgets the address of an erased lead, too.
    "ALTER TABLE commands ADD COLUMN address TEXT NOT NULL DEFAULT '';",
    // The instant as of which a job has found its contacts.
    "ALTER TABLE jobs ADD COLUMN as_of_ms INTEGER;",
    // What the bell tells users (notice_store.h). `kind` is the number there.
    R"(
CREATE TABLE notices (
  id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, name TEXT NOT NULL, kind INTEGER NOT NULL,
  lead TEXT NOT NULL, mark TEXT NOT NULL, at_ms INTEGER NOT NULL, is_read INTEGER NOT NULL DEFAULT 0,
  UNIQUE (tenant, name, kind, lead, mark),
  FOREIGN KEY (tenant, name) REFERENCES users (tenant, name) ON DELETE CASCADE) STRICT;
CREATE INDEX notices_by_lead ON notices (tenant, lead);
)",
    // What takes back a command, an import, and the import that a job takes back.
    R"(
ALTER TABLE commands ADD COLUMN undo TEXT NOT NULL DEFAULT '';
CREATE INDEX commands_with_undo ON commands (at_ms) WHERE undo != '';
CREATE TABLE import_changes (
  tenant TEXT NOT NULL, job TEXT NOT NULL, lead TEXT NOT NULL, change TEXT NOT NULL, at_ms INTEGER NOT NULL,
  left_why TEXT NOT NULL DEFAULT '', PRIMARY KEY (tenant, job, lead)) STRICT;
CREATE INDEX import_changes_by_lead ON import_changes (tenant, lead);
ALTER TABLE jobs ADD COLUMN undoes TEXT NOT NULL DEFAULT '';
)",
    // The name of the file of an export, as the user gave it.
    "ALTER TABLE jobs ADD COLUMN name TEXT NOT NULL DEFAULT '';",
    // Links with which users set their password once (access_store.h). `hash` is keyed.
    R"(
CREATE TABLE invitations (
  hash BLOB PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, expires_ms INTEGER NOT NULL,
  FOREIGN KEY (tenant, name) REFERENCES users (tenant, name) ON DELETE CASCADE) STRICT;
CREATE INDEX invitations_by_user ON invitations (tenant, name);
)",
    // Webhooks, the log of changes that wait for them, where it is followed, and what became of posts
    // (webhook_store.h). `events` are kinds with a comma behind each, `secret` is sealed, and `position` is a number of
    // the log. A delivery without `number` was asked for.
    R"(
CREATE TABLE webhooks (
  id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL REFERENCES tenants, url TEXT NOT NULL, events TEXT NOT NULL,
  secret BLOB NOT NULL, has_contact INTEGER NOT NULL, active INTEGER NOT NULL, created_ms INTEGER NOT NULL,
  since_ms INTEGER NOT NULL, position INTEGER NOT NULL, gap_from_ms INTEGER, gap_until_ms INTEGER,
  failing_since_ms INTEGER, stopped_why TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX webhooks_by_tenant ON webhooks (tenant, id);
CREATE TABLE webhook_places (tenant TEXT PRIMARY KEY REFERENCES tenants, after TEXT NOT NULL, read_ms INTEGER NOT NULL) STRICT;
CREATE TABLE webhook_changes (
  number INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, lead TEXT NOT NULL, kind TEXT NOT NULL,
  line TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
CREATE INDEX webhook_changes_by_tenant ON webhook_changes (tenant, number);
CREATE INDEX webhook_changes_by_lead ON webhook_changes (tenant, lead);
CREATE TABLE webhook_deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT, webhook INTEGER NOT NULL REFERENCES webhooks ON DELETE CASCADE, number INTEGER,
  tenant TEXT NOT NULL, lead TEXT NOT NULL, kind TEXT NOT NULL, line TEXT NOT NULL, attempts INTEGER NOT NULL,
  at_ms INTEGER NOT NULL, took_ms INTEGER NOT NULL DEFAULT 0, status INTEGER NOT NULL DEFAULT 0,
  problem TEXT NOT NULL DEFAULT '', next_ms INTEGER) STRICT;
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook, id);
CREATE INDEX webhook_deliveries_by_lead ON webhook_deliveries (tenant, lead);
)",
    // Whether all users of the tenant see the view.
    "ALTER TABLE views ADD COLUMN shared INTEGER NOT NULL DEFAULT 0;"};

inline constexpr int64_t kSchemaVersion = kMigrations.size();

}  // namespace leadpulse::access
