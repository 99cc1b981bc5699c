#include "processor/serve/access/command_log.h"

#include <algorithm>
#include <array>
#include <utility>

namespace leadpulse::access {
namespace {

constexpr char kSelect[] =
    "SELECT erases, request_hash, lead, at_ms, file, position, state, reason, detail, partition, tenant, who, id, "
    "creates, upserts, address, undo FROM commands ";

Result<SentCommand> CommandOf(const SqlStatement& row) {
  SentCommand command{row.Text(10), row.Text(12), row.Text(11), row.Text(1), row.Text(2), Instant{row.Int(3)}};
  command.erases = row.Int(0) != 0;
  command.creates = row.Int(13) != 0;
  command.upserts = row.Int(14) != 0;
  command.address = row.Text(15);
  command.undo = row.Text(16);
  if (row.Int(5) >= 0) command.position = RecordPosition{row.Text(4), static_cast<int32_t>(row.Int(9)), row.Int(5)};
  const int64_t state = row.Int(6);
  if (state < 0 || state > static_cast<int64_t>(CommandState::kRefused)) {
    return row.Damaged("a command has no known state");
  }
  command.state = static_cast<CommandState>(state);
  command.reason = row.Text(7);
  command.detail = row.Text(8);
  return command;
}

Result<std::optional<SentCommand>> FindIn(const SqlConnection& sql, const std::string& tenant, const std::string& who,
                                          const std::string& id) {
  return sql.First<SentCommand>(std::string(kSelect) + "WHERE tenant = ? AND who = ? AND id = ?", {tenant, who, id},
                                CommandOf);
}

Status ForgetOld(const SqlConnection& sql, Instant now) {
  LP_RETURN_IF_ERROR(sql.Run("DELETE FROM commands WHERE at_ms < ?", {(now - kCommandsKept).millis}));
  return sql.Run("UPDATE commands SET undo = '' WHERE undo != '' AND at_ms < ?", {(now - kUndoKept).millis});
}

// Adds a new command. Returns the earlier one with its id, if the client has sent it before: then nothing is added.
Result<std::optional<SentCommand>> BeginIn(const SqlConnection& sql, const SentCommand& command) {
  LP_RETURN_IF_ERROR(sql.Run(
      "INSERT INTO commands (tenant, id, who, request_hash, lead, at_ms, erases, creates, upserts, address, undo) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
      {command.tenant, command.id, command.who, Blob{command.request_hash}, command.lead, command.at.millis,
       int64_t{command.erases}, int64_t{command.creates}, int64_t{command.upserts}, command.address, command.undo}));
  if (sql.ChangedRows() > 0) return std::optional<SentCommand>();
  return FindIn(sql, command.tenant, command.who, command.id);
}

Status UpdateIn(const SqlConnection& sql, const SentCommand& command) {
  const auto at = command.position.value_or(RecordPosition{.input = "", .offset = -1});
  return sql.Run(
      "UPDATE commands SET file = ?, position = ?, partition = ?, state = ?, reason = ?, detail = ?, creates = ? "
      "WHERE tenant = ? AND who = ? AND id = ?",
      {at.input, at.offset, int64_t{at.partition}, int64_t{static_cast<uint8_t>(command.state)}, command.reason,
       command.detail, int64_t{command.creates}, command.tenant, command.who, command.id});
}

}  // namespace

std::string_view StateName(CommandState state) {
  constexpr std::array<std::string_view, 3> kNames = {"pending", "applied", "refused"};
  return kNames.at(static_cast<size_t>(state));
}

Result<std::vector<std::optional<SentCommand>>> CommandLog::Write(const std::vector<CommandWrite>& writes) {
  const auto begins = [](const CommandWrite& write) { return !write.action.empty(); };
  const auto first = std::ranges::find_if(writes, begins);
  const bool syncs = first != writes.end() ||
                     std::ranges::any_of(writes, [](const CommandWrite& write) { return write.command->erases; });
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write(syncs ? Durability::kPowerCut : Durability::kKill));
  if (first != writes.end()) LP_RETURN_IF_ERROR(ForgetOld(transaction.sql(), first->command->at));
  std::vector<std::optional<SentCommand>> earlier;
  std::vector<AuditEntry> begun;
  for (const CommandWrite& write : writes) {
    const SentCommand& command = *write.command;
    earlier.emplace_back();
    if (!begins(write)) {
      LP_RETURN_IF_ERROR(UpdateIn(transaction.sql(), command));
      continue;
    }
    LP_ASSIGN_OR_RETURN(earlier.back(), BeginIn(transaction.sql(), command));
    if (earlier.back()) continue;
    begun.push_back({command.at, command.who, command.tenant, std::string(write.action), command.lead, "sent"});
  }
  if (!begun.empty()) LP_RETURN_IF_ERROR(audit_->Append(begun, transaction));
  LP_RETURN_IF_ERROR(transaction.Commit());
  return earlier;
}

Result<std::optional<SentCommand>> CommandLog::Find(const std::string& tenant, const std::string& who,
                                                    const std::string& id) {
  return FindIn(database_->Read().sql(), tenant, who, id);
}

Result<std::string> CommandLog::UndoOf(const std::string& tenant, const std::string& who, const std::string& lead,
                                       Instant at) {
  LP_ASSIGN_OR_RETURN(std::vector<SentCommand> commands,
                      database_->Read().sql().Rows<SentCommand>(
                          std::string(kSelect) + "WHERE tenant = ? AND lead = ? AND who = ? AND at_ms = ?",
                          {tenant, lead, who, at.millis}, CommandOf));
  const bool is_known = commands.size() == 1 && commands.front().state == CommandState::kApplied;
  return is_known ? std::move(commands.front().undo) : std::string();
}

Result<std::vector<SentCommand>> CommandLog::UnfinishedErasures() {
  return database_->Read().sql().Rows<SentCommand>(
      std::string(kSelect) + "WHERE erases = 1 AND lead != '' AND position >= 0 AND state != ?",
      {int64_t{static_cast<uint8_t>(CommandState::kRefused)}}, CommandOf);
}

Status CommandLog::ForgetLead(const std::string& tenant, const std::string& lead, Instant until,
                              const Transaction& transaction) {
  return transaction.sql().Run(
      "UPDATE commands SET lead = '', address = '', detail = '', undo = '' WHERE tenant = ? AND lead = ? AND at_ms <= "
      "?",
      {tenant, lead, until.millis});
}

Result<std::map<std::string, Instant>> CommandLog::PendingLeads(const std::string& tenant) {
  LP_ASSIGN_OR_RETURN(
      const auto rows,
      database_->Read().sql().Rows<std::pair<std::string, Instant>>(
          "SELECT lead, min(at_ms) FROM commands WHERE tenant = ? AND lead != '' AND erases = 0 AND state = ? "
          "GROUP BY lead",
          {tenant, int64_t{static_cast<uint8_t>(CommandState::kSent)}},
          [](const SqlStatement& row) { return std::pair(row.Text(0), Instant{row.Int(1)}); }));
  return std::map<std::string, Instant>(rows.begin(), rows.end());
}

Result<bool> CommandLog::IsErasing(const std::string& tenant, const std::string& lead) {
  LP_ASSIGN_OR_RETURN(
      const int64_t erasures,
      database_->Read().sql().Int("SELECT count(*) FROM commands WHERE tenant = ? AND lead = ? AND "
                                  "erases = 1 AND position >= 0 AND state != ?",
                                  {tenant, lead, int64_t{static_cast<uint8_t>(CommandState::kRefused)}}));
  return erasures > 0;
}

Result<std::vector<std::string>> CommandLog::Leads(const std::string& tenant) {
  return database_->Read().sql().Rows<std::string>(
      "SELECT lead FROM commands WHERE tenant = ?1 AND lead != '' UNION "
      "SELECT address FROM commands WHERE tenant = ?1 AND address != ''",
      {tenant}, [](const SqlStatement& row) { return row.Text(0); });
}

Result<std::vector<std::string>> CommandLog::AddressesOf(const std::string& tenant, const std::string& lead) {
  return database_->Read().sql().Rows<std::string>(
      "SELECT DISTINCT address FROM commands WHERE tenant = ? AND lead = ? AND address != ''", {tenant, lead},
      [](const SqlStatement& row) { return row.Text(0); });
}

}  // namespace leadpulse::access
