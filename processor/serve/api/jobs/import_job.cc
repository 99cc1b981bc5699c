#include "processor/serve/api/jobs/import_job.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "processor/base/json.h"
#include "processor/base/json_object.h"
#include "processor/csv/csv_reader.h"
#include "processor/csv/utf8_input.h"
#include "processor/serve/api/jobs/row_addresses.h"
#include "processor/serve/api/reads/lead_selection.h"
#include "processor/serve/api/writes/kept_change.h"

namespace leadpulse::serve {

struct ImportSteps::Progress {
  uint64_t from = 0, to = 0;  // rows of the page that was started last
  // Rows of the page that are left out because their lead is known, or is not. Once the page is started, it may be
  // known by the page itself.
  std::set<uint64_t> left_out = {};
  int64_t wrong_bytes = 0;  // size of the file of wrong rows, with the pages before
};

// A row that outlives the reader's.
struct ImportSteps::Row {
  uint64_t line = 0;
  csv::RowProblem problem = csv::RowProblem::kNone;
  std::vector<std::string> cells;
  std::vector<codec::Record> made = {};  // its records, until they are the page's; a wrong row may have some
  std::string question = {};             // about its contact (row_addresses.h)
  size_t records = 0;                    // number of the page's records that this row makes
  std::string reason;                    // why it is wrong: a few for each column; empty: it is right
  std::string detail;
};

struct ImportSteps::Page {
  std::vector<Row> rows;
  std::vector<codec::Record> records;
  std::vector<std::string> leads;
  std::set<std::string> new_leads;  // those of `leads` that are not there yet
  bool is_last = false;
};

struct ImportSteps::Reading {
  std::unique_ptr<OpenUpload> upload;
  uint64_t next = 0;         // row
  std::optional<Page> page;  // ends at `next`; not counted yet
};

namespace {

constexpr size_t kImportedRowsOfPage = 500;
constexpr size_t kCellBytesOfPage = 4 << 20;

const std::string& LeadOf(const codec::Record& record) {
  return std::visit([](const auto& one) -> const std::string& { return one.key.lead; }, record);
}

// Removes all from a refused row but what stops mail, and directs that to the row's address, whoever has it. Removes
// that, too, if the row gives no address.
void KeepForAddress(const std::string& address, std::vector<codec::Record>* records) {
  std::erase_if(*records,
                [&](const codec::Record& record) { return address.empty() || !importing::StopsMail(record); });
  for (codec::Record& record : *records) {
    std::visit([&](auto& made) { codec::SetLead("", address, &made); }, record);
  }
}

// Counts the rows of a file below its header, in the delimiter and encoding of `importer`. nullopt if it cannot be read
// to its end, which the import reports when it gets there.
std::optional<int64_t> CountRows(const std::string& path, const importing::Importer& importer) {
  const csv::CsvReader& like = importer.file();
  Result<csv::ReadBytes> read = csv::OpenFile(path);
  if (!read.ok()) return std::nullopt;
  const auto file = csv::CsvReader::Open(*std::move(read), {like.delimiter(), like.encoding()});
  if (!file.ok()) return std::nullopt;
  for (int64_t rows = -1 - static_cast<int64_t>(importer.rows_above());; ++rows) {
    const Result<const csv::Row*> row = (*file)->Next();
    if (!row.ok()) return std::nullopt;
    if (*row == nullptr) return std::max<int64_t>(rows, 0);
  }
}

}  // namespace

std::string UploadName(std::string_view job) { return std::string(job) + ".upload"; }
std::string WrongRowsName(std::string_view job) { return std::string(job) + ".wrong.csv"; }
std::string ErasedMarkName(std::string_view job) { return std::string(job) + ".erased"; }

OpenUpload::Source SourceOf(const access::Job& job, const JobFiles& files) {
  // Times in rows are those of the past, seen from the upload: the same rows are right whenever they are read.
  constexpr Millis kSkew{10 * 60'000};
  return {files.PathOf(UploadName(job.id)), job.tenant, job.created, job.created + kSkew};
}

ImportSteps::ImportSteps(access::JobLog* jobs, access::ImportChanges* changes, PageWriter* writer,
                         const JobFiles* files, RunClient* run, const Clock* clock)
    : jobs_(*jobs), changes_(*changes), writer_(*writer), files_(*files), run_(*run), clock_(*clock) {}

ImportSteps::~ImportSteps() = default;

Result<bool> ImportSteps::Step(access::Job* job) {
  LP_ASSIGN_OR_RETURN(const Json stored, Json::Parse(job->place.empty() ? "{}" : job->place));
  const auto number = [&stored](std::string_view name) { return StoredNumber(stored[name].text()); };
  Progress progress{
      static_cast<uint64_t>(number("from")), static_cast<uint64_t>(number("to")), {}, number("wrongBytes")};
  for (const Json& row : stored["leftOut"].elements()) {
    progress.left_out.insert(static_cast<uint64_t>(StoredNumber(row.text())));
  }
  const bool is_started = !job->page.empty();
  const uint64_t from = is_started ? progress.from : progress.to;
  LP_ASSIGN_OR_RETURN(Reading* const reading, ReadUpTo(from, *job));
  if (!reading->page) {
    if (!is_started) progress.left_out.clear();
    LP_ASSIGN_OR_RETURN(reading->page,
                        ReadPage(is_started ? progress.to - progress.from : 0, *job, reading, &progress.left_out));
  }
  Page& page = *reading->page;
  const auto store_progress = [&progress, job] {
    job->place.clear();
    JsonObject json(&job->place);
    json.Number("from", progress.from);
    json.Number("to", progress.to);
    json.Number("wrongBytes", progress.wrong_bytes);
    std::vector<std::string> left_out;
    for (const uint64_t row : progress.left_out) left_out.push_back(std::to_string(row));
    if (!left_out.empty()) json.Texts("leftOut", left_out);
  };
  if (!is_started) {
    progress.from = from;
    progress.to = reading->next;
    store_progress();
    job->page = "rows";
    job->state = access::JobState::kRunning;
    if (!job->total) {
      job->total = CountRows(files_.PathOf(UploadName(job->id)), reading->upload->importer());
    }
    LP_ASSIGN_OR_RETURN(const auto changes, ChangesOf(*job, page));
    LP_RETURN_IF_ERROR(jobs_.StartPage(*job, ActionOf(*reading), page.leads, clock_.Now(), changes));
  }
  LP_ASSIGN_OR_RETURN(const std::vector<std::string> reasons,
                      writer_.Write(job->tenant + '\0' + job->id, page.records));
  size_t next = 0;
  for (Row& row : page.rows) {
    for (size_t i = 0; i < row.records; ++i, ++next) {
      if (reasons[next].empty()) continue;
      row.reason = reasons[next];
      row.detail = "the run refused it: " + reasons[next];
    }
  }
  LP_RETURN_IF_ERROR(StoreWrong(page, *reading, &progress, job));
  store_progress();
  job->done += static_cast<int64_t>(page.rows.size());
  job->page.clear();
  const bool is_last = page.is_last;
  reading->page.reset();
  return is_last;
}

std::string ImportSteps::ActionOf(const Reading& reading) {
  return reading.upload->options().mode == importing::Mode::kContacts ? "import.contact" : "import.event";
}

void ImportSteps::Finish(const access::Job& job) { Abandon(job); }

void ImportSteps::Abandon(const access::Job& job) {
  readings_.erase(job.tenant + '\0' + job.id);
  (void)files_.Remove(UploadName(job.id));
  (void)files_.Remove(ErasedMarkName(job.id));
}

Result<ImportSteps::Reading*> ImportSteps::ReadUpTo(uint64_t from, const access::Job& job) {
  std::unique_ptr<Reading>& reading = readings_[job.tenant + '\0' + job.id];
  const bool is_there = reading != nullptr && from == reading->next - (reading->page ? reading->page->rows.size() : 0);
  if (is_there) return reading.get();
  auto opened = std::make_unique<Reading>();
  LP_ASSIGN_OR_RETURN(opened->upload, OpenUpload::Open(SourceOf(job, files_), job.request, &run_));
  if (const auto& problem = opened->upload->problem()) return Status::Rejected(InWordsOfTheApi(*problem));
  for (; opened->next < from; ++opened->next) {
    LP_ASSIGN_OR_RETURN(const importing::ImportedRow* row, opened->upload->importer().Next());
    if (row == nullptr) return Status::Rejected("the upload has become shorter; start the import again");
  }
  reading = std::move(opened);
  return reading.get();
}

Result<ImportSteps::Page> ImportSteps::ReadPage(uint64_t rows, const access::Job& job, Reading* reading,
                                                std::set<uint64_t>* left_out) {
  Page page;
  size_t bytes = 0;
  while (rows > 0 ? page.rows.size() < rows : page.rows.size() < kImportedRowsOfPage && bytes < kCellBytesOfPage) {
    LP_ASSIGN_OR_RETURN(const importing::ImportedRow* read, reading->upload->importer().Next());
    if (read == nullptr) {
      page.is_last = true;
      break;
    }
    ++reading->next;
    Row& row = page.rows.emplace_back();
    row.line = read->row->line;
    row.problem = read->row->problem;
    for (const std::string_view cell : read->row->cells) {
      bytes += cell.size();
      row.cells.emplace_back(cell);
    }
    if (read->wrong) {
      row.reason = read->wrong->kind;
      row.detail = importing::AllInWords(*read->wrong, InWordsOfTheApi);
    }
    if (read->records.empty()) continue;  // what a wrong row says against mail counts
    if (LeadOf(read->records.front()).find('\0') != std::string::npos) {
      row.reason = "invalid_value";
      row.detail = "the lead's id holds NUL";
      continue;
    }
    row.made = read->records;
    row.question = QuestionOf(*read);
  }
  LP_RETURN_IF_ERROR(CheckLeads(job, *reading, rows > 0, left_out, &page));
  return page;
}

Status ImportSteps::CheckLeads(const access::Job& job, const Reading& reading, bool is_started,
                               std::set<uint64_t>* left_out, Page* page) const {
  const importing::RowsOf rows_of = reading.upload->options().rows_of;
  const bool are_contacts = reading.upload->options().mode == importing::Mode::kContacts;
  RowAddresses addresses(!are_contacts || reading.upload->may_share());
  auto question = QueryBy<v1::PreviewContacts>(WholeTenant(job.tenant));
  question.set_exported(reading.upload->importer().exported());
  size_t bytes = 0;
  std::vector<Row*> asked;
  const auto ask = [&]() -> Status {
    if (asked.empty()) return Status::Ok();
    LP_ASSIGN_OR_RETURN(const v1::ContactOutlooks answered, AskAboutRows(question, &run_));
    for (size_t i = 0; i < asked.size(); ++i) {
      const v1::ContactOutlook& outlook = answered.rows(static_cast<int>(i));
      const auto number = static_cast<uint64_t>(asked[i] - page->rows.data());
      importing::LeaveOutShown({outlook.shown_alike().begin(), outlook.shown_alike().end()}, &asked[i]->made, nullptr);
      if (!outlook.is_lead()) page->new_leads.insert(LeadOf(asked[i]->made.front()));
      if (!is_started && importing::LeavesOut(rows_of, outlook.is_lead())) left_out->insert(number);
      if (left_out->contains(number)) {
        // Where only new leads count, it was known.
        importing::LeaveOutByLead(rows_of, rows_of == importing::RowsOf::kNewLeads, &asked[i]->made);
        if (asked[i]->made.empty()) continue;
      }
      const auto wrong = addresses.Check(asked[i]->made.front(), outlook);
      if (!wrong) continue;
      KeepForAddress(outlook.new_address(), &asked[i]->made);
      if (!asked[i]->reason.empty()) continue;
      asked[i]->reason = wrong->kind;
      asked[i]->detail = InWordsOfTheApi(wrong->problem);
    }
    question.clear_rows();
    asked.clear();
    bytes = 0;
    return Status::Ok();
  };
  for (Row& row : page->rows) {
    if (!are_contacts || row.made.empty() || row.question.size() > kQuestionBytes) continue;
    const bool is_full = question.rows_size() == kQuestionRows || bytes + row.question.size() > kQuestionBytes;
    if (is_full) LP_RETURN_IF_ERROR(ask());
    bytes += row.question.size();
    question.add_rows(std::move(row.question));
    asked.push_back(&row);
  }
  LP_RETURN_IF_ERROR(ask());
  for (Row& row : page->rows) {
    if (row.made.empty()) continue;
    page->leads.push_back(LeadOf(row.made.front()));
    row.records = row.made.size();
    for (codec::Record& record : std::exchange(row.made, {})) {
      if (auto* command = std::get_if<codec::Command>(&record)) command->actor = job.who;  // an event has no actor
      page->records.push_back(std::move(record));
    }
  }
  return Status::Ok();
}

Result<std::vector<access::ImportChange>> ImportSteps::ChangesOf(const access::Job& job, const Page& page) const {
  struct OfLead {
    std::vector<const codec::Command*> commands;
    bool has_events = false;  // what it says against mail stays, and so does the lead
  };
  std::map<std::string, OfLead> leads;
  for (const codec::Record& record : page.records) {
    OfLead& lead = leads[LeadOf(record)];
    const auto* command = std::get_if<codec::Command>(&record);
    command == nullptr ? static_cast<void>(lead.has_events = true) : lead.commands.push_back(command);
  }
  std::map<std::string, KeptChange> kept;
  for (const auto& [named, lead] : leads) {
    const bool is_new = page.new_leads.contains(named);
    std::string id = named;
    v1::LeadAnswer before;
    if (!is_new && !lead.commands.empty()) {
      LP_ASSIGN_OR_RETURN(auto found, FindContact(WholeTenant(job.tenant), named, &run_));
      if (found) before = *std::move(found);
      if (before.has_record()) id = before.lead_id();  // the row names an address that the lead uses
    }
    KeptChange change = is_new && !lead.has_events ? KeptChange::OfNewLead() : KeptChange();
    const v1::WholeRecord* const record = before.has_record() ? &before.record() : nullptr;
    for (const codec::Command* command : lead.commands) change.Add(*command, record, KeptChange::Source::kImport);
    if (!change.is_empty()) kept.emplace(std::move(id), std::move(change));
  }
  std::vector<std::string> ids;
  for (const auto& [id, change] : kept) ids.push_back(id);
  LP_ASSIGN_OR_RETURN(const auto earlier, changes_.Of(job.tenant, job.id, ids));
  for (const access::ImportChange& each : earlier) {
    LP_ASSIGN_OR_RETURN(KeptChange whole, KeptChange::Parse(each.change));
    whole.Add(kept[each.lead]);
    kept[each.lead] = std::move(whole);
  }
  std::vector<access::ImportChange> changes;
  for (const auto& [id, change] : kept) changes.push_back({id, change.ToJson()});
  return changes;
}

Status ImportSteps::StoreWrong(const Page& page, const Reading& reading, Progress* progress, access::Job* job) const {
  const csv::CsvReader& file = reading.upload->importer().file();
  const importing::WrongRowsText text(reading.upload->importer().header(), file.delimiter(), file.encoding());
  std::string added;
  for (const Row& row : page.rows) {
    if (row.reason.empty()) continue;
    CountWrong(row.reason, job);
    if (progress->wrong_bytes == 0 && added.empty()) text.AppendHeader(&added);
    text.AppendRow({row.line, {row.cells.begin(), row.cells.end()}, row.problem}, row.detail, &added);
  }
  const std::string name = WrongRowsName(job->id);
  if (!added.empty() && !files_.Has(ErasedMarkName(job->id))) {
    Status written = files_.Write(name, progress->wrong_bytes, added);
    // An erasure removes the file after it has made its mark.
    if (!written.ok() && !files_.Has(ErasedMarkName(job->id))) return written;
    job->result = name;
    progress->wrong_bytes += static_cast<int64_t>(added.size());
  }
  // An erasure that comes after this sees the file and removes it.
  if (!files_.Has(ErasedMarkName(job->id))) return Status::Ok();
  if (!files_.Remove(name)) return Status::Retriable("the wrong rows of an erased person are still there; try again");
  job->result.clear();
  return Status::Ok();
}

}  // namespace leadpulse::serve
