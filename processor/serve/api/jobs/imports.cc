// Imports over HTTP: uploads, their previews, and runs, which import_job.h does.
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/json.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/csv/utf8_input.h"
#include "processor/importing/columns.h"
#include "processor/importing/lead_effects.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/jobs/import_job.h"
#include "processor/serve/api/jobs/job_responses.h"
#include "processor/serve/api/jobs/jobs.h"
#include "processor/serve/api/jobs/row_addresses.h"
#include "processor/serve/api/reads/lead_selection.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/contact_body.h"
#include "processor/serve/api/request/problem.h"

namespace leadpulse::serve {
namespace {

using access::Job;
using access::JobState;

// Rows that a preview reads. For a longer file it says `complete: false`.
constexpr uint64_t kPreviewRows = 20'000;

constexpr size_t kMostDoubts = 100;  // kinds of doubtful cells; more are counted together

// Appends the name of an option and, if it is about a column, what it says of that.
void AppendOption(const importing::Option& option, JsonObject* object) {
  object->Text("field", option.name);
  if (!option.column.empty()) object->Text("column", option.column);
  if (!option.column.empty()) object->Text("meaning", option.meaning);
  if (!option.theirs.empty()) object->Text("theirs", option.theirs);
}

// Appends the sentence under `name`, then its data, for clients that word it in another way, and further questions.
void AppendProblem(std::string_view name, const importing::Problem& problem, JsonObject* object) {
  object->Text(name, InWordsOfTheApi(problem));
  object->Text("cause", problem.what);
  if (!problem.fault.name.empty()) object->Text("field", problem.fault.name);
  if (!problem.others.empty()) {
    AppendObjects("others", problem.others, object,
                  [](const auto& other, JsonObject* one) { AppendProblem("problem", other, one); });
  }
  const importing::Option& option = problem.remedy;
  if (option.name.empty()) return;
  JsonObject remedy(object->Key("remedy"));
  AppendOption(option, &remedy);
  if (problem.choices.empty()) return;
  const bool is_encoding = option.name == "encoding";
  AppendObjects("choices", problem.choices, &remedy, [is_encoding](const auto& choice, JsonObject* one) {
    if (is_encoding) one->Text("encoding", choice.value);
    one->Text("value", choice.value);
    one->Text("sample", choice.sample);
  });
}

// Counts of rows by their effect.
class Effects {
 public:
  Effects(const OpenUpload& upload, RunClient* run)
      : run_(*run),
        rows_of_(upload.options().rows_of),
        are_events_(upload.options().mode != importing::Mode::kContacts),
        addresses_(upload.may_share()) {
    question_.mutable_caller()->set_tenant_id(upload.options().tenant);
  }

  Status Add(const importing::ImportedRow& row) {
    ++rows_;
    if (row.wrong) {
      AddWrong(*row.wrong, row.row->line);
      for (const importing::WrongRow& other : row.wrong->others) AddKind(other, row.row->line);
      said_.Add(row);
      return Status::Ok();
    }
    if (row.records.empty()) {
      ++skipped_;
      return Status::Ok();
    }
    importing::SuppressionCounts says;
    says.Add(row);
    for (const importing::WrongRow& warning : row.warnings) {
      const bool has_room = doubts_.size() < kMostDoubts || doubts_.contains(warning.kind);
      Kind& kind = doubts_[has_room ? warning.kind : "others"];
      if (kind.count++ == 0) kind = {1, row.row->line, warning.problem.remedy};
    }
    std::string question = QuestionOf(row);
    if (question.size() > kQuestionBytes) {
      ++unasked_;
      said_ += says;
      return Status::Ok();
    }
    if (bytes_ + question.size() > kQuestionBytes || question_.rows_size() == kQuestionRows) {
      LP_RETURN_IF_ERROR(Ask());
    }
    bytes_ += question.size();
    question_.add_rows(std::move(question));
    asked_.push_back({row.records.front(), row.row->line, says});
    return Status::Ok();
  }

  Status Ask() {
    if (question_.rows_size() == 0) return Status::Ok();
    LP_ASSIGN_OR_RETURN(const v1::ContactOutlooks answered, AskAboutRows(question_, &run_));
    for (size_t i = 0; i < asked_.size(); ++i) {
      const v1::ContactOutlook& row = answered.rows(static_cast<int>(i));
      const bool is_left_out = importing::LeavesOut(rows_of_, row.is_lead());
      if (is_left_out && (!row.is_lead() || asked_[i].says.rows == 0)) {
        ++skipped_;
        continue;
      }
      if (const auto wrong = addresses_.Check(asked_[i].first, row)) {
        AddWrong(*wrong, asked_[i].line);
        if (!row.new_address().empty()) said_ += asked_[i].says;  // it counts for the address
        continue;
      }
      said_ += asked_[i].says;
      const bool stops_mail = asked_[i].says.rows > 0 && !row.suppressed();
      const bool changes = (row.changes() && !is_left_out) || are_events_ || stops_mail;
      const std::string& lead =
          std::visit([](const auto& record) -> const std::string& { return record.key.lead; }, asked_[i].first);
      leads_.Add(lead, !row.is_lead() ? importing::Effect::kNew
                       : changes      ? importing::Effect::kChanged
                                      : importing::Effect::kUnchanged);
      in_use_ += row.in_use();
      suppressed_ += row.suppressed();
    }
    question_.clear_rows();
    asked_.clear();
    bytes_ = 0;
    return Status::Ok();
  }

  uint64_t rows() const { return rows_; }

  void AppendTo(bool is_complete, JsonObject* object) const {
    object->Number("rows", rows_);
    object->Boolean("complete", is_complete);
    object->Number("new", leads_[importing::Effect::kNew]);
    object->Number("changed", leads_[importing::Effect::kChanged]);
    object->Number("unchanged", leads_[importing::Effect::kUnchanged]);
    object->Number("unasked", unasked_);
    object->Number("skipped", skipped_);
    object->Number("wrong", wrong_);
    object->Number("suppressed", suppressed_);
    object->Number("addressesInUse", in_use_);
    object->Number("optedOut", said_.opted_out);
    object->Number("bounced", said_.bounced);
    object->Number("complained", said_.complained);
    object->Number("doNotContact", said_.do_not_contact);
    const auto append = [](const auto& kind, JsonObject* reason) {
      AppendProblem("reason", {kind.first, {}, kind.second.remedy}, reason);
      reason->Number("rows", kind.second.count);
      reason->Number("firstLine", kind.second.first_line);
    };
    AppendObjects("reasons", kinds_, object, append);
    AppendObjects("doubts", doubts_, object, append);
  }

 private:
  struct Kind {
    uint64_t count = 0;
    uint64_t first_line = 0;
    importing::Option remedy = {};
  };
  struct AskedRow {
    codec::Record first;  // its first record
    uint64_t line = 0;
    importing::SuppressionCounts says;
  };

  void AddKind(const importing::WrongRow& wrong, uint64_t line) {
    Kind& kind = kinds_[wrong.kind];
    if (kind.count++ == 0) kind = {1, line, wrong.problem.remedy};
  }

  void AddWrong(const importing::WrongRow& wrong, uint64_t line) {
    AddKind(wrong, line);
    ++wrong_;
  }

  RunClient& run_;
  const importing::RowsOf rows_of_;
  const bool are_events_;  // whether the rows are events: each changes its contact
  RowAddresses addresses_;
  v1::PreviewContacts question_;
  std::vector<AskedRow> asked_;  // the rows of the question
  size_t bytes_ = 0;
  uint64_t rows_ = 0, unasked_ = 0;
  uint64_t skipped_ = 0, wrong_ = 0, suppressed_ = 0, in_use_ = 0;
  importing::LeadEffects leads_;
  importing::SuppressionCounts said_;
  std::map<std::string, Kind> kinds_;   // kinds of wrong rows, a few for each column
  std::map<std::string, Kind> doubts_;  // kinds of doubtful cells of right rows
};

void AppendColumns(const std::vector<importing::Column>& columns, const importing::ImportOptions& options,
                   const std::vector<std::string>& first, JsonObject* object) {
  size_t place = 0;
  AppendObjects("columns", columns, object, [&](const importing::Column& column, JsonObject* described) {
    described->Text("name", column.header);
    described->Text("is", importing::DescribeColumn(column, options));
    const bool has_name =
        column.meaning == importing::Meaning::kAttribute || column.meaning == importing::Meaning::kProperty;
    described->Text("meaning", has_name ? column.name : importing::MeaningName(column.meaning));
    described->Boolean("saysWhoGetsNoMail", column.status != importing::StatusColumn::kNone);
    described->TextOrNull("first", place < first.size() ? std::optional(first[place]) : std::nullopt);
    ++place;
  });
}

// Returns the cells of a row; empty if it has another shape than the header.
std::vector<std::string> CellsOf(const csv::Row& row) {
  std::vector<std::string> cells;
  if (row.problem != csv::RowProblem::kNone) return cells;
  for (const std::string_view cell : row.cells) cells.emplace_back(IsUtf8(cell) ? cell : "");
  return cells;
}

// Appends what the file shows about itself as `findings`: each with a column or null for the whole file, what it is,
// the option that says the same or otherwise (`remedy` as of a problem), and whether that is only offered.
void AppendFindings(const std::vector<importing::Finding>& findings, JsonObject* object) {
  AppendObjects("findings", findings, object, [](const importing::Finding& finding, JsonObject* one) {
    one->TextOrNull("column", finding.column.empty() ? std::nullopt : std::optional(finding.column));
    one->Text("what", finding.what);
    one->Boolean("offer", finding.is_offer);
    if (finding.option.name.empty()) return;
    one->Text("option", OptionOfTheApi(finding.option));
    JsonObject remedy(one->Key("remedy"));
    AppendOption(finding.option, &remedy);
  });
}

// Appends the members `encoding`, `delimiter`, `headerRow`, `findings`, `columns` and `preview` to an object. In place
// of a preview, `problem` says why the columns cannot be used, and `columns` has their likely meaning, with the first
// row. Reads the upload from its beginning and asks the run about the rows. Retriable if the run does not answer.
// Rejected if the file cannot be read to its end.
Status AppendPreview(OpenUpload* upload, RunClient* run, JsonObject* object) {
  importing::Importer& importer = upload->importer();
  object->Text("encoding", importer.file().encoding().name);
  object->Text("encodingReason", importer.file().encoding().why);
  object->Text("delimiter", std::string(1, importer.file().delimiter()));
  object->Number("headerRow", importer.header_line());
  AppendFindings(importer.findings(), object);
  if (upload->problem()) {
    object->Texts("header", importer.header());
    AppendProblem("problem", *upload->problem(), object);
    const std::vector<std::string_view> names(importer.header().begin(), importer.header().end());
    LP_ASSIGN_OR_RETURN(const csv::Row* const row, importer.NextUnread());
    const auto first = row == nullptr ? std::vector<std::string>() : CellsOf(*row);
    AppendColumns(importing::GuessColumns(names, upload->options()), upload->options(), first, object);
    return Status::Ok();
  }
  Effects effects(*upload, run);
  std::vector<std::string> first;
  const importing::ImportedRow* row = nullptr;
  while (effects.rows() < kPreviewRows) {
    LP_ASSIGN_OR_RETURN(row, importer.Next());
    if (row == nullptr) break;
    if (effects.rows() == 0) first = CellsOf(*row->row);
    LP_RETURN_IF_ERROR(effects.Add(*row));
  }
  LP_RETURN_IF_ERROR(effects.Ask());
  AppendColumns(importer.columns(), upload->options(), first, object);
  JsonObject preview(object->Key("preview"));
  effects.AppendTo(/*is_complete=*/row == nullptr, &preview);
  return Status::Ok();
}

http::Response WrongFile(const Status& status) {
  if (status.kind() == ErrorKind::kRetriable) return RunFailed(status);
  if (status.kind() == ErrorKind::kFatal) return Failed(status);
  return WrongMember("", status.message());
}

}  // namespace

http::Response Jobs::Upload(const ApiRequest& request, const access::Principal& principal) {
  auto& upload = static_cast<UploadSink&>(*request.sink);
  http::Response response = AddUpload(&upload, principal);
  // The upload is discarded before the sender gets the answer.
  if (response.code != http::kCreated) upload.Discard();
  return response;
}

http::Response Jobs::AddUpload(UploadSink* upload, const access::Principal& principal) {
  if (const Status whole = upload->Finish(); !whole.ok()) return Failed(whole);
  Job job;
  job.id = upload->name().substr(0, upload->name().find('.'));
  job.tenant = principal.tenant;
  job.who = principal.who;
  job.kind = access::JobKind::kImport;
  job.state = JobState::kUploaded;
  job.created = clock_.Now();
  http::Response response = PreviewImport(http::kCreated, job, "{}");
  if (response.code != http::kCreated) return response;
  const auto earlier = jobs_.Add(job, "import.upload");
  if (!earlier.ok()) return NotAdded(earlier.status());
  upload->Keep();
  response.headers.emplace_back("Location", PathOf(job));
  return response;
}

http::Response Jobs::RunImport(const ApiRequest& request, const access::Principal& principal) {
  LP_ASSIGN_OR_ANSWER(const Json body, ReadBody(*request.route, request.body));
  LP_ASSIGN_OR_ANSWER(Job job, FindJob(request.id, principal, &jobs_, access::JobKind::kImport));
  // A run that is sent twice is one run.
  const std::string hash = access::HashOf(request.body);
  if (job.state != JobState::kUploaded) return job.request_hash == hash ? StartedResponse(job) : WrongState(job);
  if (body["dry_run"].truth()) return PreviewImport(http::kOk, job, request.body);
  const auto upload = OpenUpload::Open(SourceOf(job, files_), request.body, &run_);
  if (!upload.ok()) return WrongFile(upload.status());
  if (const auto& problem = (*upload)->problem()) return WrongMember(problem->fault.name, InWordsOfTheApi(*problem));
  job.request = request.body;
  job.request_hash = hash;
  job.who = principal.who;
  LP_ASSIGN_OR_ANSWER(const bool runs, OrFailed(jobs_.Run(job, "import.run", clock_.Now())));
  if (!runs) {  // another request has run it since
    LP_ASSIGN_OR_ANSWER(const Job now, FindJob(request.id, principal, &jobs_, access::JobKind::kImport));
    return now.request_hash == hash ? StartedResponse(now) : WrongState(now);
  }
  worker_.Wake();
  job.state = JobState::kPending;
  return StartedResponse(job);
}

http::Response Jobs::GetImport(const ApiRequest& request, const access::Principal& principal) {
  LP_ASSIGN_OR_ANSWER(const Job job, FindJob(request.id, principal, &jobs_, access::JobKind::kImport));
  return JobResponse(http::kOk, job);
}

http::Response Jobs::GetWrongRows(const ApiRequest& request, const access::Principal& principal) {
  LP_ASSIGN_OR_ANSWER(const Job job, FindJob(request.id, principal, &jobs_, access::JobKind::kImport));
  if (!job.is_over()) return WrongState(job);
  auto file = job.result.empty() ? nullptr : files_.Open(job.result);
  if (file == nullptr) {
    return Problem(http::kNotFound, "not_found",
                   job.wrong == 0 ? "no row of the import was wrong"
                                  : "wrong rows are kept for a day, unless somebody is erased meanwhile");
  }
  return FileResponse(std::move(file), "text/csv; charset=utf-8", "wrong.csv");
}

http::Response Jobs::PreviewImport(unsigned int code, const Job& job, const std::string& body) {
  const auto upload = OpenUpload::Open(SourceOf(job, files_), body, &run_);
  if (!upload.ok()) return WrongFile(upload.status());
  std::string text;
  JsonObject object(&text);
  AppendJob(job, &object);
  const Status previewed = AppendPreview(upload->get(), &run_, &object);
  if (!previewed.ok()) return WrongFile(previewed);
  object.End();
  return {code, std::move(text), kJsonType};
}

}  // namespace leadpulse::serve
