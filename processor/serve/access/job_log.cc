#include "processor/serve/access/job_log.h"

#include <array>

#include "processor/base/crash_point.h"

namespace leadpulse::access {
namespace {

constexpr char kJobColumns[] =
    "SELECT id, tenant, who, kind, request_hash, request, created_ms, state, cancelling, done, total, wrong, reasons, "
    "place, page, detail, ended_ms, result, as_of_ms, undoes, name FROM jobs ";

Result<Job> JobOf(const SqlStatement& row) {
  Job job{row.Text(0), row.Text(1), row.Text(2), JobKind::kBulk, row.Text(4), row.Text(5), Instant{row.Int(6)}};
  const int64_t kind = row.Int(3), state = row.Int(7);
  if (kind < static_cast<int64_t>(JobKind::kBulk) || kind > static_cast<int64_t>(JobKind::kUndo) ||
      state < static_cast<int64_t>(JobState::kPending) || state > static_cast<int64_t>(JobState::kUploaded)) {
    return row.Damaged("a job has no known kind or state");
  }
  job.kind = static_cast<JobKind>(kind);
  job.state = static_cast<JobState>(state);
  job.cancelling = row.Int(8) != 0;
  job.done = row.Int(9);
  if (!row.IsNull(10)) job.total = row.Int(10);
  job.wrong = row.Int(11);
  job.reasons = row.Text(12);
  job.place = row.Text(13);
  job.page = row.Text(14);
  job.detail = row.Text(15);
  if (!row.IsNull(16)) job.ended = Instant{row.Int(16)};
  job.result = row.Text(17);
  if (!row.IsNull(18)) job.as_of = Instant{row.Int(18)};
  job.undoes = row.Text(19);
  job.name = row.Text(20);
  return job;
}

Result<std::vector<Job>> JobsIn(const SqlConnection& sql, const std::string& which,
                                const std::vector<SqlValue>& values) {
  return sql.Rows<Job>(kJobColumns + which, values, JobOf);
}

Result<std::optional<Job>> JobIn(const SqlConnection& sql, const std::string& tenant, const std::string& id) {
  return sql.First<Job>(std::string(kJobColumns) + "WHERE tenant = ? AND id = ?", {tenant, id}, JobOf);
}

int64_t NumberOf(JobKind kind) { return static_cast<int64_t>(kind); }
int64_t NumberOf(JobState state) { return static_cast<int64_t>(state); }

}  // namespace

std::string_view NameOf(JobKind kind) {
  constexpr std::array<std::string_view, 5> kNames = {"", "bulk", "export", "import", "undo"};
  return kNames.at(static_cast<size_t>(kind));
}

std::string_view NameOf(JobState state) {
  constexpr std::array<std::string_view, 7> kNames = {"",          "pending", "running", "done",
                                                      "cancelled", "failed",  "uploaded"};
  return kNames.at(static_cast<size_t>(state));
}

Status JobLog::CheckJobs(const std::string& tenant, const Transaction& transaction) {
  LP_ASSIGN_OR_RETURN(
      const int64_t jobs,
      transaction.sql().Int("SELECT count(*) FROM jobs WHERE tenant = ? AND ended_ms IS NULL AND state != ?",
                            {tenant, NumberOf(JobState::kUploaded)}));
  if (jobs < kMostJobs) return Status::Ok();
  return Status::Rejected(std::to_string(kMostJobs) + " jobs of the tenant are not over: wait, or cancel one");
}

Status JobLog::MakeRoomForUpload(const Job& job, const Transaction& transaction) {
  constexpr char kWaiting[] = "tenant = ? AND state = ? AND ended_ms IS NULL AND NOT cancelling";
  const SqlConnection& sql = transaction.sql();
  const std::vector<SqlValue> waiting = {job.tenant, NumberOf(JobState::kUploaded)};
  LP_ASSIGN_OR_RETURN(const int64_t uploads,
                      sql.Int(std::string("SELECT count(*) FROM jobs WHERE ") + kWaiting, waiting));
  if (uploads < kMostUploads) return Status::Ok();
  LP_ASSIGN_OR_RETURN(const std::optional<Job> oldest, sql.First<Job>(std::string(kJobColumns) + "WHERE " + kWaiting +
                                                                          " AND who = ? ORDER BY created_ms, id",
                                                                      {waiting[0], waiting[1], job.who}, JobOf));
  if (!oldest) {
    return Status::Rejected(std::to_string(kMostUploads) +
                            " files of other users wait to be imported: have one imported or cancelled");
  }
  LP_RETURN_IF_ERROR(sql.Run("UPDATE jobs SET cancelling = 1 WHERE tenant = ? AND id = ?", {job.tenant, oldest->id}));
  return audit_->Append({job.created, job.who, job.tenant, "job.cancel", oldest->id, "done"}, transaction);
}

Result<std::optional<Job>> JobLog::Add(const Job& job, const std::string& action) {
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  const SqlConnection& sql = transaction.sql();
  LP_ASSIGN_OR_RETURN(std::optional<Job> earlier, JobIn(sql, job.tenant, job.id));
  if (earlier) return earlier;
  const bool is_upload = job.state == JobState::kUploaded;
  LP_RETURN_IF_ERROR(is_upload ? MakeRoomForUpload(job, transaction) : CheckJobs(job.tenant, transaction));
  LP_RETURN_IF_ERROR(
      sql.Run("INSERT INTO jobs (tenant, id, who, kind, request_hash, request, created_ms, state, undoes, name) "
              "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
              {job.tenant, job.id, job.who, NumberOf(job.kind), Blob{job.request_hash}, job.request, job.created.millis,
               NumberOf(job.state), job.undoes, job.name}));
  LP_RETURN_IF_ERROR(Write(job, transaction));
  LP_RETURN_IF_ERROR(audit_->Append({job.created, job.who, job.tenant, action, job.id, "started"}, transaction));
  LP_RETURN_IF_ERROR(transaction.Commit());
  return std::optional<Job>();
}

Result<std::optional<Job>> JobLog::Find(const std::string& tenant, const std::string& id) {
  return JobIn(database_->Read().sql(), tenant, id);
}

Result<std::vector<Job>> JobLog::List(const std::string& tenant, const std::string& who, int64_t limit) {
  return JobsIn(database_->Read().sql(),
                "WHERE tenant = ? AND (? = '' OR who = ?) ORDER BY created_ms DESC, id LIMIT ?",
                {tenant, who, who, limit});
}

Result<std::vector<Job>> JobLog::UndoesOf(const std::string& tenant, const std::string& import) {
  return JobsIn(database_->Read().sql(), "WHERE tenant = ? AND undoes = ? ORDER BY created_ms DESC, id",
                {tenant, import});
}

Result<bool> JobLog::Run(const Job& job, const std::string& action, Instant at) {
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  LP_RETURN_IF_ERROR(CheckJobs(job.tenant, transaction));
  const SqlConnection& sql = transaction.sql();
  LP_RETURN_IF_ERROR(
      sql.Run("UPDATE jobs SET state = ?, who = ?, request = ?, request_hash = ? "
              "WHERE tenant = ? AND id = ? AND state = ? AND NOT cancelling",
              {NumberOf(JobState::kPending), job.who, job.request, Blob{job.request_hash}, job.tenant, job.id,
               NumberOf(JobState::kUploaded)}));
  if (sql.ChangedRows() == 0) return false;
  LP_RETURN_IF_ERROR(audit_->Append({at, job.who, job.tenant, action, job.id, "started"}, transaction));
  LP_RETURN_IF_ERROR(transaction.Commit());
  return true;
}

Result<std::vector<std::string>> JobLog::UsedFiles() {
  return database_->Read().sql().Rows<std::string>("SELECT iif(ended_ms IS NULL, id, result) FROM jobs", {},
                                                   [](const SqlStatement& row) { return row.Text(0); });
}

Result<std::optional<Job>> JobLog::Cancel(const std::string& tenant, const std::string& id, const std::string& who,
                                          Instant at) {
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  LP_ASSIGN_OR_RETURN(std::optional<Job> job, JobIn(transaction.sql(), tenant, id));
  if (!job || job->is_over() || job->cancelling) return job;
  job->cancelling = true;
  LP_RETURN_IF_ERROR(transaction.sql().Run("UPDATE jobs SET cancelling = 1 WHERE tenant = ? AND id = ?", {tenant, id}));
  LP_RETURN_IF_ERROR(audit_->Append({at, who, tenant, "job.cancel", id, "done"}, transaction));
  LP_RETURN_IF_ERROR(transaction.Commit());
  return job;
}

Result<std::vector<Job>> JobLog::Active() {
  return JobsIn(database_->Read().sql(),
                "WHERE ended_ms IS NULL AND (state != ? OR cancelling) ORDER BY created_ms, id",
                {NumberOf(JobState::kUploaded)});
}

Status JobLog::StartPage(const Job& job, const std::string& action, const std::vector<std::string>& leads, Instant at,
                         const std::vector<ImportChange>& changes) {
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  LP_RETURN_IF_ERROR(Write(job, transaction));
  for (const std::string& lead : leads) {
    LP_RETURN_IF_ERROR(audit_->Append({at, job.who, job.tenant, action, lead, "sent"}, transaction));
  }
  LP_RETURN_IF_ERROR(ImportChanges::Store(job.tenant, job.id, changes, at, transaction));
  LP_RETURN_IF_ERROR(transaction.Commit());
  CrashPoint("job_page_started");
  return Status::Ok();
}

Status JobLog::Store(Job* job) {
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  if (job->kind == JobKind::kExport && job->state == JobState::kDone) {
    LP_ASSIGN_OR_RETURN(const int64_t cancelled,
                        transaction.sql().Int(
                            "SELECT count(*) FROM jobs WHERE tenant = ? AND id = ? AND cancelling AND ended_ms IS NULL",
                            {job->tenant, job->id}));
    if (cancelled > 0) {
      job->state = JobState::kCancelled;
      job->result.clear();
    }
  }
  LP_RETURN_IF_ERROR(Write(*job, transaction));
  return transaction.Commit();
}

Status JobLog::Write(const Job& job, const Transaction& transaction) {
  const auto or_null = [](const auto& value) { return value ? SqlValue(*value) : SqlValue(nullptr); };
  const auto millis = [](const std::optional<Instant>& at) { return at ? SqlValue(at->millis) : SqlValue(nullptr); };
  return transaction.sql().Run(
      "UPDATE jobs SET state = ?, done = ?, total = ?, wrong = ?, reasons = ?, place = ?, page = ?, detail = ?, "
      "ended_ms = ?, result = ?, request = ?, as_of_ms = ? WHERE tenant = ? AND id = ?",
      {NumberOf(job.state), job.done, or_null(job.total), job.wrong, job.reasons, job.is_over() ? "" : job.place,
       job.is_over() ? "" : job.page, job.detail, millis(job.ended), job.result, job.is_over() ? "" : job.request,
       millis(job.as_of), job.tenant, job.id});
}

Result<std::vector<Job>> JobLog::EndedAfter(Instant at) {
  return JobsIn(database_->Read().sql(), "WHERE ended_ms > ?", {at.millis});
}

Result<std::vector<Job>> JobLog::Old(Instant now) {
  const int64_t files_before = (now - kJobFilesKept).millis;
  return JobsIn(database_->Read().sql(),
                "WHERE ended_ms < iif(kind = ?, ?, ?) OR (ended_ms < ? AND result != '') OR "
                "(state = ? AND created_ms < ?)",
                {NumberOf(JobKind::kImport), (now - kImportChangesKept).millis, (now - kJobsKept).millis, files_before,
                 NumberOf(JobState::kUploaded), files_before});
}

Status JobLog::Forget(const Job& job, Instant now) {
  const Millis kept = job.kind == JobKind::kImport ? kImportChangesKept : kJobsKept;
  if (job.ended && *job.ended >= now - kept) {
    return database_->Run("UPDATE jobs SET result = '' WHERE tenant = ? AND id = ?", {job.tenant, job.id});
  }
  LP_ASSIGN_OR_RETURN(Transaction transaction, database_->Write());
  for (const char* statement :
       {"DELETE FROM jobs WHERE tenant = ? AND id = ?", "DELETE FROM import_changes WHERE tenant = ? AND job = ?"}) {
    LP_RETURN_IF_ERROR(transaction.sql().Run(statement, {job.tenant, job.id}));
  }
  return transaction.Commit();
}

}  // namespace leadpulse::access
