// leadpulse import: contacts, opt-outs and engagement logs from CSV as records.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>

#include "absl/strings/str_join.h"
#include "processor/base/assign_or_return.h"
#include "processor/base/clock.h"
#include "processor/base/text.h"
#include "processor/files/input/byte_source.h"
#include "tools/leadpulse/import/import_options.h"
#include "tools/leadpulse/import/import_output.h"
#include "tools/leadpulse/leads/row_writers.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

struct Differs {
  const state::Profile& profile;

  bool operator()(const codec::UpdateProfile& update) const {
    const auto differs = [&](const auto& named) {
      const auto found = profile.attributes.find(NormalizeName(named.first));
      return found == profile.attributes.end() || PlainText(found->second.sent) != PlainText(named.second);
    };
    const auto is_set = [&](const std::string& name) { return profile.attributes.contains(NormalizeName(name)); };
    return std::any_of(update.set.begin(), update.set.end(), differs) ||
           std::any_of(update.unset.begin(), update.unset.end(), is_set);
  }
  bool operator()(const codec::EditTags& edit) const { return Misses(profile.tags, edit.add); }
  bool operator()(const codec::EditLists& edit) const { return Misses(profile.lists, edit.add); }
  bool operator()(const codec::EditCampaigns& edit) const { return Misses(profile.campaigns, edit.assign); }
  bool operator()(const codec::SetStage& set) const {
    return !profile.set_stage || profile.set_stage->stage != set.stage;
  }
  bool operator()(const codec::RecordConsent& record) const {
    const auto found = profile.consents.find(FoldCase(record.purpose));
    return found == profile.consents.end() || found->second.granted != record.granted;
  }
  template <typename Other>
  bool operator()(const Other&) const {
    return true;
  }

 private:
  static bool Misses(const state::NameSet& held, const std::vector<std::string>& names) {
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return !held.ContainsFolded(FoldCase(name)); });
  }
};

bool ChangesSomething(const state::Lead& lead, const std::vector<importing::Record>& records) {
  for (const importing::Record& record : records) {
    if (const auto* event = std::get_if<codec::Event>(&record)) {
      const auto entries = lead.journal.entries();
      const bool known = std::any_of(entries.begin(), entries.end(),
                                     [&](const auto& entry) { return entry.event_id() == event->event_id; });
      if (!known) return true;
      continue;
    }
    const auto& command = std::get<codec::Command>(record);
    const auto& applied = lead.profile.applied_command_ids;
    if (std::find(applied.begin(), applied.end(), command.command_id) != applied.end()) continue;
    if (std::visit(Differs{lead.profile}, command.action)) return true;
  }
  return false;
}

constexpr size_t kShownRows = 5;
constexpr size_t kLineWidth = 120;

std::string DelimiterName(char delimiter) { return delimiter == '\t' ? "tab" : Concat({"`", {&delimiter, 1}, "`"}); }

// One record in a few words.
struct InWords {
  std::string operator()(const codec::UpdateProfile& update) const {
    std::string text;
    for (const auto& [name, value] : update.set) {
      text += Concat({text.empty() ? "" : ", ", name, " ", ValueToJson(value)});
    }
    if (!update.unset.empty()) text += (text.empty() ? "unset " : "; unset ") + absl::StrJoin(update.unset, ", ");
    return text.empty() ? "nothing but the address" : text;
  }
  std::string operator()(const codec::EditTags& edit) const { return "tags " + absl::StrJoin(edit.add, ", "); }
  std::string operator()(const codec::EditLists& edit) const { return "lists " + absl::StrJoin(edit.add, ", "); }
  std::string operator()(const codec::EditCampaigns& edit) const {
    return "campaigns " + absl::StrJoin(edit.assign, ", ");
  }
  std::string operator()(const codec::SetStage& set) const { return Concat({"stage ", StageName(set.stage)}); }
  std::string operator()(const codec::Erase&) const { return "erase"; }
  std::string operator()(const codec::RecordConsent& record) const {
    return Concat({record.granted ? "consent to " : "no consent to ", record.purpose});
  }
  template <typename Other>
  std::string operator()(const Other&) const {
    return "";
  }
};

std::string EventInWords(const codec::Event& event) {
  const bool soft = event.type == EventType::kBounce && event.bounce_kind == BounceKind::kSoft;
  return Concat({soft ? "soft " : "", EventTypeName(event.type), event.machine ? " of a machine at " : " at ",
                 FormatRfc3339(event.occurred_at), event.name.empty() ? "" : ", ", event.name,
                 event.campaign_id.empty() ? "" : ", campaign ", event.campaign_id});
}

// A line for who it is, and below it one for each record.
std::string RowInWords(const importing::ImportedRow& row) {
  const auto line = [](const std::string& text) { return CutToWidth(DisplayableLine(text), kLineWidth) + "\n"; };
  const std::string begin = "  line " + std::to_string(row.row->line) + "  ";
  if (row.wrong) return line(begin + "wrong: " + row.wrong->detail);
  if (row.records.empty()) return line(Concat({begin, "skipped: ", row.skipped, " is no engagement"}));
  std::string text = line(begin + std::visit([](const auto& record) { return record.key.lead; }, row.records[0]));
  for (const importing::Record& record : row.records) {
    const auto* command = std::get_if<codec::Command>(&record);
    text += line("    " + (command != nullptr ? std::visit(InWords(), command->action)
                                              : EventInWords(std::get<codec::Event>(record))));
  }
  return text;
}

// Counts what the rows would do to the leads of the state.
struct Effects {
  const state::LeadStore* store = nullptr;
  uint64_t added = 0, changing = 0, unchanging = 0;

  Status Add(const importing::ImportedRow& row) {
    if (store == nullptr || row.records.empty()) return Status::Ok();
    const LeadKey& key = std::visit([](const auto& record) -> const LeadKey& { return record.key; }, row.records[0]);
    LP_ASSIGN_OR_RETURN(const std::optional<state::Lead> lead, FindLead(*store, key));
    ++(!lead ? added : ChangesSomething(*lead, row.records) ? changing : unchanging);
    return Status::Ok();
  }
};

std::string ColumnsTable(const importing::Importer& importer, const importing::ImportOptions& options,
                         const std::vector<std::string>& example) {
  const std::unique_ptr<RowWriter> table = MakeTableWriter({"column", "is", "first row"});
  std::string text;
  for (size_t i = 0; i < importer.columns().size(); ++i) {
    const importing::Column& column = importer.columns()[i];
    table->Write({Value(column.header), Value(importing::DescribeColumn(column, options)),
                  Value(i < example.size() ? example[i] : "")},
                 &text);
  }
  table->End(&text);
  return text;
}

std::string Totals(const RowTally& tally, const Effects& effects) {
  std::string text = Concat({"\n", CountedRows(tally.rows()), ": ", std::to_string(tally.right()), " right",
                             tally.SkippedInWords(), ", ", std::to_string(tally.wrong()), " wrong\n"});
  if (effects.store != nullptr) {
    text += Concat({"of the right ones ", std::to_string(effects.added), " of leads that are new, ",
                    std::to_string(effects.changing), " that change something, ", std::to_string(effects.unchanging),
                    " that change nothing\n"});
  }
  const std::string skipped = tally.DescribeSkipped();
  if (!skipped.empty()) text += "\nSkipped:\n" + skipped;
  if (tally.wrong() > 0) text += "\nWrong:\n" + tally.DescribeWrong();
  return text;
}

Result<int> PreviewImport(const std::string& name, const importing::ImportOptions& options,
                          importing::Importer* importer, const state::LeadStore* store) {
  RowTally tally;
  Effects effects{store};
  std::vector<std::string> example;
  std::string shown;
  for (;;) {
    const Result<const importing::ImportedRow*> row = importer->Next();
    if (!row.ok()) return Fail(Status::Rejected(name + ": " + row.status().message()));
    if (*row == nullptr) break;
    if (tally.rows() == 0) example.assign((*row)->row->cells.begin(), (*row)->row->cells.end());
    if (tally.rows() < kShownRows) shown += RowInWords(**row);
    tally.Add(**row);
    const Status counted = effects.Add(**row);
    if (!counted.ok()) return Fail(counted);
  }
  const csv::CsvReader& file = importer->file();
  const std::string head =
      Concat({name, ": ", csv::EncodingName(file.encoding()), ", delimiter ", DelimiterName(file.delimiter()), "\n\n"});
  const std::string rows = "\nThe first rows, as they will be read:\n" + shown;
  return PrintResult(head + ColumnsTable(*importer, options, example) + rows + Totals(tally, effects));
}

Result<csv::ReadBytes> OpenImportFile(const std::string& path) {
  const input::Compression compression = input::CompressionOf(path);
  if (compression == input::Compression::kNone) return csv::OpenFile(path);
  LP_ASSIGN_OR_RETURN(auto source, input::OpenInput(path, compression, STDIN_FILENO));
  return csv::ReadBytes([source = std::shared_ptr<input::ByteSource>(std::move(source))](char* buffer, size_t size) {
    return source->Read(buffer, size);
  });
}

constexpr std::chrono::minutes kMaxFutureSkew{10};  // as a run's default

// Prints the error, unless it has no message because it was printed already.
Result<int> FailWith(const Status& status, ExitCode code) {
  if (!status.message().empty()) PrintError(status.message());
  return code;
}

void WarnOfOptOuts(const importing::Importer& importer) {
  for (const importing::Column& column : importer.columns()) {
    if (column.meaning != importing::Meaning::kAttribute) continue;
    if (!importing::LooksLikeOptOut(importing::Simplify(column.header))) continue;
    PrintError("warning: the column `" + DisplayableLine(column.header) +
               "` is kept as an attribute, which stops no mail; who opted out is imported with --suppress, consents "
               "with --consent");
  }
}

Status Copy(importing::Importer* importer, ImportOutput* output, WrongRowsFile* wrong, RowTally* tally) {
  for (;;) {
    LP_ASSIGN_OR_RETURN(const importing::ImportedRow* row, importer->Next());
    if (row == nullptr) return Status::Ok();
    tally->Add(*row);
    LP_RETURN_IF_ERROR(wrong->Write(*row));
    LP_RETURN_IF_ERROR(output->Write(*row));
  }
}

Result<int> Write(const ImportLine& line, const std::string& name, importing::Importer* importer) {
  Result<ImportOutput> output = ImportOutput::Open(line.target);
  if (!output.ok()) {
    return FailWith(output.status(), output.status().kind() == ErrorKind::kRejected ? kUsage : kFailed);
  }
  LP_ASSIGN_OR_RETURN(auto wrong, WrongRowsFile::Open(line.wrong, importer->header(), importer->file().delimiter()));
  RowTally tally;
  const Status copied = Copy(importer, &*output, &wrong, &tally);
  // The records before an error are right, and have the same ids next time.
  const Status closed = output->Close();
  const Status closed_wrong = wrong.Close();
  const std::string records = std::to_string(tally.records()) + (tally.records() == 1 ? " record" : " records");
  PrintToStandardError(name + ": " + CountedRows(tally.rows()) + ", " + std::to_string(tally.right()) + " right as " +
                       records + tally.SkippedInWords() + ", " + std::to_string(tally.wrong()) + " wrong\n" +
                       tally.DescribeSkipped() + tally.DescribeWrong());
  if (!copied.ok())
    return FailWith(copied.message().empty() ? copied : Status::Fatal(name + ": " + copied.message()), kFailed);
  if (!closed.ok()) return FailWith(closed, kFailed);
  return closed_wrong.ok() ? kDone : Fail(closed_wrong);
}

Result<int> PreviewLine(const ImportLine& line, const std::string& name, const importing::ImportOptions& options,
                        importing::Importer* importer) {
  if (line.state.empty()) return PreviewImport(name, options, importer, nullptr);
  LP_ASSIGN_OR_RETURN(const std::unique_ptr<state::LeadStore> store, OpenStateToRead(line.state));
  return PreviewImport(name, options, importer, store.get());
}

Result<int> Import(const ImportLine& line) {
  const Result<ImportPlan> plan = ReadImportLine(line);
  if (!plan.ok()) return FailWith(plan.status(), plan.status().kind() == ErrorKind::kRejected ? kUsage : kFailed);
  std::error_code error;
  if (!line.wrong.empty() && std::filesystem::equivalent(line.wrong, line.file, error)) {
    PrintError("--wrong " + line.wrong + " is the file itself, which would be lost; give another name");
    return kUsage;
  }
  const std::string name = line.file == "-" ? "standard input" : line.file;
  LP_ASSIGN_OR_RETURN(csv::ReadBytes read, OpenImportFile(line.file));
  Result<std::unique_ptr<importing::Importer>> importer =
      importing::Importer::Open(std::move(read), plan->csv, SystemClock().Now() + kMaxFutureSkew);
  if (!importer.ok()) return Fail(Status::Rejected(name + ": " + importer.status().message()));
  const Status planned = (*importer)->Plan(plan->options);
  if (!planned.ok()) return FailWith(Status::Rejected(DisplayableLine(planned.message())), kUsage);
  WarnOfOptOuts(**importer);
  return line.preview ? PreviewLine(line, name, plan->options, importer->get()) : Write(line, name, importer->get());
}

}  // namespace

void AddImportCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto line = std::make_shared<ImportLine>();
  CLI::App* import = program->add_subcommand("import", "Turn contacts and engagement logs in CSV into records");
  DeclareImportOptions(import, line.get());
  import->footer(
      "Records go to standard output, what was wrong and why to standard error. The same file gives the same ids, so\n"
      "that importing it again changes nothing.\n"
      "\n"
      "Examples:\n"
      "  leadpulse import contacts.csv --tenant acme --preview --state state\n"
      "  leadpulse import contacts.csv --tenant acme --tag fair --wrong wrong.csv |\n"
      "    leadpulse run --input - --state state --output out\n"
      "  leadpulse import unsubscribed.csv --tenant acme --suppress unsubscribe --at UNSUB_TIME --to optouts.jsonl\n"
      "  leadpulse import contacts.csv --tenant acme --to kafka --config live.yaml\n"
      "\n"
      "Exit codes: 0 done, wrong rows or not; 1 the file cannot be read, or not all could be written; 2 wrong usage.");
  subcommands->push_back({import, [line] { return Import(*line); }});
}

}  // namespace leadpulse::tools
