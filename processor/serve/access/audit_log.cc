#include "processor/serve/access/audit_log.h"

#include <algorithm>
#include <map>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/crash_point.h"
#include "processor/base/text.h"
#include "processor/serve/access/secrets.h"

namespace leadpulse::access {
namespace {

void AppendNumber(int64_t number, std::string* bytes) {
  for (int shift = 56; shift >= 0; shift -= 8) *bytes += static_cast<char>(static_cast<uint64_t>(number) >> shift);
}

// Appends a text with its length first, so that no two lists of texts have the same bytes.
void AppendText(std::string_view text, std::string* bytes) {
  AppendNumber(static_cast<int64_t>(text.size()), bytes);
  *bytes += text;
}

// Returns the chain hash of a line that follows the one with `before`. The clear subject has no part in it.
std::string ChainAfter(std::string_view before, int64_t number, const AuditEntry& entry, std::string_view subject_hash,
                       std::string_view key) {
  std::string bytes(before);
  AppendNumber(number, &bytes);
  AppendNumber(entry.at.millis, &bytes);
  for (const std::string_view text : {std::string_view(entry.who), std::string_view(entry.tenant),
                                      std::string_view(entry.action), subject_hash, std::string_view(entry.outcome)}) {
    AppendText(text, &bytes);
  }
  return HashOf(bytes, key);
}

std::string SubjectHashOf(std::string_view tenant, std::string_view subject, std::string_view key) {
  std::string bytes;
  AppendText(tenant, &bytes);
  AppendText(subject, &bytes);
  return HashOf(bytes, key);
}

constexpr size_t kMaxTextBytes = 1 << 20;

Status CheckTexts(const AuditEntry& entry) {
  for (const std::string* text : {&entry.who, &entry.tenant, &entry.action, &entry.subject, &entry.outcome}) {
    if (text->size() > kMaxTextBytes || !IsUtf8(*text) || text->find('\0') != std::string::npos) {
      return Status::Rejected("a line of the audit log holds UTF-8 of at most 1 MiB, without NUL: shorten or mend it");
    }
  }
  return Status::Ok();
}

// The columns of every query of lines, in this order.
constexpr char kLineColumns[] = "number, at_ms, who, tenant, action, subject, subject_hash, outcome, chain";
constexpr int kSubjectColumn = 5;
constexpr int kChainColumn = 8;

AuditLine LineOf(const SqlStatement& row) {
  AuditLine line;
  line.number = row.Int(0);
  line.entry = {{row.Int(1)}, row.Text(2), row.Text(3), row.Text(4), row.Text(kSubjectColumn), row.Text(7)};
  line.erased = row.IsNull(kSubjectColumn);
  line.subject_hash = row.Text(6);
  return line;
}

struct Head {
  int64_t lines = 0;
  std::string chain;
  bool fits = false;  // whether there is a record and its seal is that of this log
};

Result<Head> ReadHead(const Transaction& transaction, const std::string& key) {
  LP_ASSIGN_OR_RETURN(SqlStatement row, transaction.sql().Prepare("SELECT lines, chain, seal FROM audit_head"));
  LP_ASSIGN_OR_RETURN(const bool there, row.Step());
  if (!there) return Head{};
  Head head{row.Int(0), row.Text(1)};
  head.fits = EqualInConstantTime(row.Text(2), SealOf(head.lines, head.chain, key));
  return head;
}

}  // namespace

std::string ChainBeginning() { return std::string(kHashBytes, '\0'); }

std::string SealOf(int64_t lines, std::string_view chain, std::string_view key) {
  std::string bytes = "head";
  AppendNumber(lines, &bytes);
  AppendText(chain, &bytes);
  return HashOf(bytes, key);
}

Status AuditLog::Append(const AuditEntry& entry) {
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  LP_RETURN_IF_ERROR(Append(entry, transaction));
  CrashPoint("serve_audit_written");
  return transaction.Commit();
}

Status AuditLog::Append(std::span<const AuditEntry> entries, const Transaction& transaction) {
  for (const AuditEntry& entry : entries) LP_ASSERT(entry.action != kSubjectErased);
  return AppendLines(entries, /*with_subject=*/true, transaction);
}

Status AuditLog::AppendLines(std::span<const AuditEntry> entries, bool with_subject, const Transaction& transaction) {
  for (const AuditEntry& entry : entries) LP_RETURN_IF_ERROR(CheckTexts(entry));
  const AccessKeys& keys = database_->keys();
  LP_ASSIGN_OR_RETURN(Head head, ReadHead(transaction, keys.audit));
  LP_ASSIGN_OR_RETURN(const int64_t newest, transaction.sql().Int("SELECT max(number) FROM audit"));
  // Another line would hide that this log was changed.
  if (!head.fits || newest != head.lines) {
    return Status::Fatal("the audit log of " + database_->path() +
                         " was changed: see `leadpulse serve audit check` and restore it from a copy");
  }
  for (const AuditEntry& entry : entries) {
    ++head.lines;
    const std::string hash = SubjectHashOf(entry.tenant, entry.subject, keys.subject);
    head.chain = ChainAfter(head.chain, head.lines, entry, hash, keys.audit);
    LP_RETURN_IF_ERROR(transaction.sql().Run(
        std::string("INSERT INTO audit (") + kLineColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {head.lines, entry.at.millis, entry.who, entry.tenant, entry.action,
         with_subject ? SqlValue(entry.subject) : SqlValue(nullptr), Blob{hash}, entry.outcome, Blob{head.chain}}));
  }
  return transaction.sql().Run("UPDATE audit_head SET lines = ?, chain = ?, seal = ?",
                               {head.lines, Blob{head.chain}, Blob{SealOf(head.lines, head.chain, keys.audit)}});
}

Status AuditLog::EraseSubject(AuditEntry entry, Instant until, bool if_known, const Transaction& transaction) {
  LP_RETURN_IF_ERROR(transaction.sql().Run(
      "UPDATE audit SET subject = NULL WHERE subject_hash = ? AND subject IS NOT NULL AND at_ms <= ?",
      {Blob{SubjectHashOf(entry.tenant, entry.subject, database_->keys().subject)}, until.millis}));
  if (if_known && transaction.sql().ChangedRows() == 0) return Status::Ok();
  entry.action = kSubjectErased;
  return AppendLines({&entry, 1}, /*with_subject=*/false, transaction);
}

Result<std::vector<std::string>> AuditLog::Subjects(const std::string& tenant, int64_t* after) {
  return database_->Read().sql().Rows<std::string>(
      "SELECT number, subject FROM audit WHERE tenant = ? AND number > ? AND subject IS NOT NULL ORDER BY number "
      "LIMIT ?",
      {tenant, *after, int64_t{kMostLines}}, [after](const SqlStatement& row) {
        *after = row.Int(0);
        return row.Text(1);
      });
}

Result<std::optional<ChainProblem>> AuditLog::CheckLines(const Transaction& snapshot, int64_t* lines,
                                                         std::string* chain) const {
  LP_ASSIGN_OR_RETURN(SqlStatement row, snapshot.sql().Prepare(std::string("SELECT ") + kLineColumns +
                                                               " FROM audit NOT INDEXED ORDER BY number"));
  // Lines without a subject need the line of an erasure behind them. For each hash of a subject this has the first of
  // them until that line comes.
  std::map<std::string, int64_t> erased;
  std::optional<ChainProblem> problem;
  while (true) {
    LP_ASSIGN_OR_RETURN(const bool there, row.Step());
    if (!there) break;
    const AuditLine line = LineOf(row);
    const int64_t expected = *lines + 1;
    if (line.number != expected) {
      problem = {std::min(expected, line.number), "is missing, or there are lines before the first"};
      break;
    }
    if (!line.erased &&
        SubjectHashOf(line.entry.tenant, line.entry.subject, database_->keys().subject) != line.subject_hash) {
      problem = {line.number, "has another subject or tenant than it was written with"};
      break;
    }
    const std::string fits = ChainAfter(*chain, line.number, line.entry, line.subject_hash, database_->keys().audit);
    if (fits != row.Text(kChainColumn)) {
      problem = {line.number, "was changed, or is not the line that followed the one before it"};
      break;
    }
    if (line.entry.action == kSubjectErased) {
      erased.erase(line.subject_hash);
    } else if (line.erased) {
      erased.emplace(line.subject_hash, line.number);
    }
    ++*lines;
    *chain = fits;
  }
  const auto first = std::ranges::min_element(erased, {}, [](const auto& line) { return line.second; });
  if (first != erased.end() && !problem) problem = {first->second, "has lost its subject without an erasure"};
  return problem;
}

Result<ChainReport> AuditLog::CheckChain() {
  LP_ASSIGN_OR_RETURN(const Transaction snapshot, database_->Snapshot());
  ChainReport report;
  std::string chain = ChainBeginning();
  LP_ASSIGN_OR_RETURN(report.problem, CheckLines(snapshot, &report.lines, &chain));
  if (report.problem) return report;
  LP_ASSIGN_OR_RETURN(const Head head, ReadHead(snapshot, database_->keys().audit));
  if (!head.fits) {
    report.problem = {report.lines + 1, "may be missing: the record of the newest line was changed or removed"};
  } else if (head.lines > report.lines) {
    report.problem = {report.lines + 1, "is missing: the log had " + std::to_string(head.lines) + " lines"};
  } else if (head.lines != report.lines || head.chain != chain) {
    report.problem = {head.lines + 1, "was added behind the newest line"};
  }
  return report;
}

Result<std::vector<AuditLine>> AuditLog::Lines(const AuditFilter& filter, int64_t before, int limit) {
  LP_ASSERT(!filter.lead || filter.tenant);
  std::string which = " WHERE number < ?";
  std::vector<SqlValue> values = {before};
  const auto add = [&which, &values](const char* condition, SqlValue value) {
    which += condition;
    values.push_back(std::move(value));
  };
  if (filter.tenant) add(" AND tenant = ?", *filter.tenant);
  if (!filter.who.empty()) add(" AND who = ?", filter.who);
  if (!filter.action.empty()) add(" AND action = ?", filter.action);
  if (filter.lead) {
    add(" AND subject IS NOT NULL AND subject_hash = ?",
        Blob{SubjectHashOf(*filter.tenant, *filter.lead, database_->keys().subject)});
  }
  add(" ORDER BY number DESC LIMIT ?", int64_t{std::clamp(limit, 1, kMostLines)});
  return database_->Read().sql().Rows<AuditLine>(std::string("SELECT ") + kLineColumns + " FROM audit" + which, values,
                                                 LineOf);
}

}  // namespace leadpulse::access
