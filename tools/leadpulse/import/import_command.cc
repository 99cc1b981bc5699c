// leadpulse import: converts contacts, opt-outs and engagement logs from CSV to records.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>

#include "absl/strings/str_join.h"
#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/base/text.h"
#include "processor/files/input/byte_source.h"
#include "processor/importing/lead_effects.h"
#include "processor/query/addresses/contact_outlook.h"
#include "processor/query/addresses/undo.h"
#include "processor/query/state_access.h"
#include "schemas/codec/input_writer.h"
#include "tools/leadpulse/import/address_report.h"
#include "tools/leadpulse/import/import_options.h"
#include "tools/leadpulse/import/row_report.h"
#include "tools/leadpulse/leads/table_writer.h"
#include "tools/leadpulse/record_files.h"
#include "tools/leadpulse/record_target.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

Result<csv::ReadBytes> OpenImportFile(const std::string& path) {
  const input::Compression compression = input::CompressionOf(path);
  if (compression == input::Compression::kNone) return csv::OpenFile(path);
  LP_ASSIGN_OR_RETURN(auto source, input::OpenInput(path, compression, STDIN_FILENO));
  return csv::ReadBytes([source = std::shared_ptr<input::ByteSource>(std::move(source))](char* buffer, size_t size) {
    return source->Read(buffer, size);
  });
}

std::string DelimiterInWords(char delimiter) {
  return delimiter == '\t' ? "tab" : Concat({"`", importing::DelimiterName(delimiter), "`"});
}

// Returns a line for each thing that the file shows about itself: what was found, or an option that may be meant.
std::string FindingsInWords(const std::vector<importing::Finding>& findings, bool are_offers) {
  std::string text;
  for (const importing::Finding& finding : findings) {
    if (finding.is_offer != are_offers) continue;
    const bool has_option = are_offers && !finding.option.name.empty();
    const std::string other = has_option ? "; otherwise give " + NameOfOption(finding.option) : "";
    text += Concat({"  ",
                    DisplayableLine(Concat({finding.column, finding.column.empty() ? "" : ": ", finding.what, other})),
                    "\n"});
  }
  return text;
}

constexpr std::chrono::minutes kMaxFutureSkew{10};  // the default of a run

// A state, and its facts about addresses.
struct StateOfImport {
  std::unique_ptr<state::LeadStore> store;  // null: no state is given
  std::shared_ptr<const config::Definitions> definitions;
  std::optional<AddressReport> addresses;  // nullopt: no state, or the rows are not contacts
};

Result<StateOfImport> OpenState(const ImportLine& line, const importing::ImportOptions& options) {
  StateOfImport opened;
  if (line.state.empty()) return opened;
  LP_ASSIGN_OR_RETURN(opened.store, query::OpenStateToRead(line.state, PrintWarning));
  LP_RETURN_IF_ERROR(query::WarnIfNewTenant(line.options.tenant, *opened.store, PrintWarning));
  LP_ASSIGN_OR_RETURN(opened.definitions, query::DefinitionsInState(*opened.store, PrintWarning));
  if (options.mode != importing::Mode::kContacts) return opened;
  LP_RETURN_IF_ERROR(WarnOfMissingPartitions(*opened.store));
  opened.addresses.emplace(*opened.store, opened.definitions, line.options.tenant);
  return opened;
}

// Reads the next row, without what the options leave out because of its lead. `met`, if there is a state: what the
// state knows about the row's address. Null at the end.
Result<const importing::ImportedRow*> NextRow(importing::Importer* importer, StateOfImport* state, MetAddress* met) {
  LP_ASSIGN_OR_RETURN(const importing::ImportedRow* row, importer->Next());
  *met = {};
  if (row == nullptr || !state->addresses) return row;
  LP_ASSIGN_OR_RETURN(*met, state->addresses->Add(*row));
  importer->TellIfKnown(met->is_lead);
  return row;
}

Status Copy(importing::Importer* importer, StateOfImport* state, codec::RecordSink* output, RowsFile* wrong,
            RowTally* tally) {
  for (MetAddress met;;) {
    LP_ASSIGN_OR_RETURN(const importing::ImportedRow* row, NextRow(importer, state, &met));
    if (row == nullptr) return Status::Ok();
    tally->Add(*row);
    if (row->wrong) LP_RETURN_IF_ERROR(wrong->Write(*row->row, importing::AllInWords(*row->wrong, InWordsOfTheLine)));
    output->Append({.records = row->records, .lines = row->lines}, nullptr);
    LP_RETURN_IF_ERROR(output->failure());
  }
}

Result<int> Write(const ImportLine& line, const std::string& name, const importing::ImportOptions& options,
                  importing::Importer* importer) {
  const bool needs_state = options.rows_of != importing::RowsOf::kAllLeads;
  LP_ASSIGN_OR_RETURN(StateOfImport state,
                      needs_state ? OpenState(line, options) : Result<StateOfImport>(StateOfImport()));
  const auto output = line.target.kafka() ? OpenTopicsOf(line.target.config) : CreateRecordFile(line.target.to);
  if (!output.ok()) return FailByKind(output.status());
  LP_ASSIGN_OR_RETURN(auto wrong, RowsFile::Open(line.wrong, importer->header(), importer->file().delimiter()));
  RowTally tally;
  const Status copied = Copy(importer, &state, output->get(), &wrong, &tally);
  // The records before an error are right, and have the same ids next time.
  const Status closed = (*output)->Close();
  const Status closed_wrong = wrong.Close();
  const std::string records = Counted(tally.records(), "record");
  PrintToStandardError(name + ": " + Counted(tally.rows(), "row") + ", " + std::to_string(tally.right()) +
                       " right as " + records + tally.SkippedInWords() + ", " + std::to_string(tally.wrong()) +
                       " wrong\n" + FindingsInWords(importer->findings(), /*are_offers=*/false) +
                       tally.DescribeSkipped() + tally.DescribeSuppressed() + tally.DescribeDoubtful() +
                       tally.DescribeWrong());
  if (!copied.ok()) return Fail(copied.message().empty() ? "" : name + ": " + copied.message());
  if (!closed.ok()) return Fail(closed);
  return closed_wrong.ok() ? kDone : Fail(closed_wrong);
}

bool ChangesSomething(const state::Lead& lead, const config::TenantDefinitions& definitions,
                      const std::vector<codec::Record>& records) {
  return std::ranges::any_of(records, [&](const codec::Record& record) {
    const auto* event = std::get_if<codec::Event>(&record);
    return event != nullptr ? !query::KnowsEvent(lead, *event)
                            : query::ChangesProfile(lead, std::get<codec::Command>(record), definitions);
  });
}

constexpr size_t kShownRows = 5;
constexpr size_t kLineWidth = 120;

// A visitor that describes one record in a few words.
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
  std::string operator()(const codec::SetDoNotContact& set) const {
    return set.value ? "do not contact" : "may be contacted";
  }
  std::string operator()(const codec::Erase&) const { return "erase"; }
  std::string operator()(const codec::AssignAgent& assign) const { return "agent " + assign.agent_id; }
  std::string operator()(const codec::AddNote& note) const { return "note: " + note.text; }
  std::string operator()(const codec::RecordConsent& record) const {
    return Concat({record.granted ? "consent to " : "no consent to ", record.purpose, record.at ? " at " : "",
                   record.at ? FormatRfc3339(*record.at) : ""});
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

// Returns a line with the lead's id, and below it one for each record.
std::string RowInWords(const importing::ImportedRow& row) {
  const auto line = [](const std::string& text) { return CutToWidth(DisplayableLine(text), kLineWidth) + "\n"; };
  const std::string begin = "  line " + std::to_string(row.row->line) + "  ";
  if (row.wrong) return line(begin + "wrong: " + importing::AllInWords(*row.wrong, InWordsOfTheLine));
  if (row.records.empty()) return line(Concat({begin, "skipped: ", row.skipped}));
  std::string text = line(begin + std::visit([](const auto& record) { return record.key.lead; }, row.records[0]));
  for (const codec::Record& record : row.records) {
    const auto* command = std::get_if<codec::Command>(&record);
    text += line("    " + (command != nullptr ? std::visit(InWords(), *command->actions.begin())
                                              : EventInWords(std::get<codec::Event>(record))));
  }
  return text;
}

// Counts of how the rows would change the leads of the state.
struct Effects {
  const state::LeadStore* store = nullptr;
  const config::TenantDefinitions* definitions = nullptr;
  importing::LeadEffects leads = {};

  // Counts a row. `lead`: the id of the lead that gets the commands; empty: that of the records.
  Status Add(const importing::ImportedRow& row, const std::string& lead) {
    if (row.records.empty()) return Status::Ok();
    LeadKey key = std::visit([](const auto& record) { return record.key; }, row.records[0]);
    if (!lead.empty()) key.lead = lead;
    LP_ASSIGN_OR_RETURN(const std::optional<state::Lead> held, query::FindRow(*store, key));
    // A mailbox that is no lead takes events for its users.
    const bool is_event = std::holds_alternative<codec::Event>(row.records[0]);
    const bool is_known = held && (held->is_lead() || (is_event && !query::UsersOf(*held).empty()));
    using importing::Effect;
    const bool changes = is_known && ChangesSomething(*held, *definitions, row.records);
    leads.Add(key.lead, !is_known ? Effect::kNew : changes ? Effect::kChanged : Effect::kUnchanged);
    return Status::Ok();
  }
};

std::string ColumnsTable(const importing::Importer& importer, const importing::ImportOptions& options,
                         const std::vector<std::string>& example) {
  TableWriter table({"column", "is", "first row"});
  std::string text;
  for (size_t i = 0; i < importer.columns().size(); ++i) {
    const importing::Column& column = importer.columns()[i];
    table.Write({Value(column.header), Value(importing::DescribeColumn(column, options)),
                 Value(i < example.size() ? example[i] : "")},
                &text);
  }
  table.End(&text);
  return text;
}

std::string Totals(const RowTally& tally, const Effects& effects, const std::optional<AddressReport>& addresses) {
  std::string text = Concat({"\n", Counted(tally.rows(), "row"), ": ", std::to_string(tally.right()), " right",
                             tally.SkippedInWords(), ", ", std::to_string(tally.wrong()), " wrong\n"});
  if (effects.store != nullptr) {
    const auto count = [&](importing::Effect effect) { return std::to_string(effects.leads[effect]); };
    text += Concat({"leads: ", count(importing::Effect::kNew), " new, ", count(importing::Effect::kChanged),
                    " changed, ", count(importing::Effect::kUnchanged), " unchanged\n"});
  }
  text += tally.DescribeSuppressed();
  if (addresses) text += "\n" + addresses->Describe();
  const std::string doubtful = tally.DescribeDoubtful();
  if (!doubtful.empty()) text += "\nDoubtful:\n" + doubtful;
  const std::string skipped = tally.DescribeSkipped();
  if (!skipped.empty()) text += "\nSkipped:\n" + skipped;
  if (tally.wrong() > 0) text += "\nWrong:\n" + tally.DescribeWrong();
  return text;
}

// Writes the plan, unless the file exists, which was then read. Returns a line about it; empty if no plan was asked
// for.
Result<std::string> WritePlan(const ImportLine& line, const ImportSetup& setup, const importing::Importer& importer) {
  std::error_code error;
  if (line.plan.empty()) return std::string();
  if (std::filesystem::exists(line.plan, error)) return Concat({"\nRead with the plan ", line.plan, "\n"});
  std::ofstream file(line.plan, std::ios::binary);
  file << importing::PlanToYaml(setup.options, setup.file, importer.findings());
  file.close();
  if (!file) return Status::Fatal(line.plan + " cannot be written: " + std::string(strerror(errno)));
  return Concat({"\nThe plan is in ", line.plan, "; give it with --plan for files of this kind\n"});
}

// Shows how the file will be read, and how its rows would change the leads of the state, if there is one. Reads the
// file to its end.
Result<int> Preview(const ImportLine& line, const std::string& name, const ImportSetup& setup,
                    importing::Importer* importer) {
  const importing::ImportOptions& options = setup.options;
  LP_ASSIGN_OR_RETURN(StateOfImport state, OpenState(line, options));
  RowTally tally;
  Effects effects{state.store.get(), state.definitions ? &state.definitions->For(options.tenant) : nullptr};
  std::vector<std::string> example;
  std::string shown;
  for (;;) {
    MetAddress met;
    const Result<const importing::ImportedRow*> row = NextRow(importer, &state, &met);
    if (!row.ok()) return Fail(name + ": " + row.status().message());
    if (*row == nullptr) break;
    if (tally.rows() == 0) example.assign((*row)->row->cells.begin(), (*row)->row->cells.end());
    if (tally.rows() < kShownRows) shown += RowInWords(**row);
    tally.Add(**row);
    if (state.store != nullptr) LP_RETURN_IF_ERROR(effects.Add(**row, met.lead));
  }
  const csv::CsvReader& file = importer->file();
  const auto& [encoding, why] = file.encoding();
  const std::string head = Concat({name, ": ", encoding, why.empty() ? "" : " (" + why + ")", ", delimiter ",
                                   DelimiterInWords(file.delimiter()), "\n\n"});
  const std::string found = FindingsInWords(importer->findings(), /*are_offers=*/false);
  const std::string offers = FindingsInWords(importer->findings(), /*are_offers=*/true);
  const std::string rows = Concat({found.empty() ? "" : "\nFound in the file:\n", found,
                                   offers.empty() ? "" : "\nPerhaps meant otherwise:\n", offers}) +
                           "\nThe first rows, as they will be read:\n" + shown;
  LP_ASSIGN_OR_RETURN(const std::string plan, WritePlan(line, setup, *importer));
  return PrintResult(head + ColumnsTable(*importer, options, example) + rows + Totals(tally, effects, state.addresses) +
                     plan);
}

// Opens an importer at the first row of the file. An error without a message has already been printed; Rejected: wrong
// usage.
Result<std::unique_ptr<importing::Importer>> OpenImporter(const ImportLine& line, const std::string& name,
                                                          const ImportSetup& setup) {
  csv::ReadOptions csv = setup.file.csv;
  Result<csv::ReadBytes> read = OpenImportFile(line.file);
  std::error_code error;
  if (read.ok() && std::filesystem::is_regular_file(line.file, error)) {  // a pipe can be read only once
    if (const auto problem = importing::FindEncoding(*read, &csv)) {
      return Status::Rejected(DisplayableLine(name + ": " + InWordsOfTheLine(*problem)));
    }
    read = OpenImportFile(line.file);
  }
  if (!read.ok()) return Status::Fatal(read.status().message());
  auto importer =
      importing::Importer::Open(*std::move(read), csv, SystemClock().Now() + kMaxFutureSkew, setup.file.header_line);
  if (!importer.ok()) return Status::Fatal(name + ": " + importer.status().message());
  if (const auto problem = (*importer)->Plan(setup.options)) {
    return Status::Rejected(DisplayableLine(InWordsOfTheLine(*problem)));
  }
  return importer;
}

// The file of records that take an import back.
class UndoFile {
 public:
  // Creates the file; an empty path: there is none.
  static Result<UndoFile> Create(const std::string& path) {
    UndoFile file;
    if (path.empty()) return file;
    LP_ASSIGN_OR_RETURN(file.output_, CreateRecordFile(path));
    return file;
  }

  // Writes what takes back a row of that lead of the state.
  Status Add(const importing::ImportedRow& row, const LeadKey& lead, const state::LeadStore& store) {
    if (output_ == nullptr || row.records.empty()) return Status::Ok();
    LP_ASSIGN_OR_RETURN(const std::optional<state::Lead> held, query::FindLead(store, lead));
    std::vector<const codec::Command*> commands;
    for (const codec::Record& record : row.records) {
      if (const auto* command = std::get_if<codec::Command>(&record)) commands.push_back(command);
    }
    const bool has_events = commands.size() < row.records.size();
    std::vector<codec::Record> records;
    std::string lines;
    for (codec::Command& undo : query::UndoOf(held ? &*held : nullptr, commands, has_events)) {
      codec::AppendInputJson(records.emplace_back(std::move(undo)), &lines);
    }
    output_->Append({.records = records, .lines = lines}, nullptr);
    return output_->failure();
  }

  // Completes the file. A power cut may lose it, like a file of `--to`.
  Status Close() { return output_ == nullptr ? Status::Ok() : output_->Close(); }

 private:
  std::unique_ptr<codec::RecordSink> output_;  // null: none
};

// Reads the whole file before anything is written, reports the rows whose address is in use or suppressed, and writes
// what takes the import back.
Status LookAtLeads(const ImportLine& line, const std::string& name, const ImportSetup& setup) {
  LP_ASSIGN_OR_RETURN(StateOfImport state, OpenState(line, setup.options));
  LP_ASSIGN_OR_RETURN(const std::unique_ptr<importing::Importer> importer, OpenImporter(line, name, setup));
  LP_ASSIGN_OR_RETURN(auto rows, RowsFile::Open(line.warnings, importer->header(), importer->file().delimiter()));
  LP_ASSIGN_OR_RETURN(UndoFile undo, UndoFile::Create(line.undo));
  for (MetAddress met;;) {
    const Result<const importing::ImportedRow*> row = NextRow(importer.get(), &state, &met);
    if (!row.ok()) return Status::Fatal(name + ": " + row.status().message() + "; nothing was written");
    if (*row == nullptr) break;
    LP_RETURN_IF_ERROR(undo.Add(**row, {line.options.tenant, met.lead}, *state.store));
    if (!met.warning.empty()) LP_RETURN_IF_ERROR(rows.Write(*(*row)->row, met.warning));
  }
  PrintToStandardError(name + ": " + state.addresses->Describe());
  LP_RETURN_IF_ERROR(undo.Close());
  return rows.Close();
}

Result<int> Import(const ImportLine& line) {
  const Result<ImportSetup> setup = ReadImportLine(line);
  if (!setup.ok()) return FailByKind(setup.status());
  std::error_code error;
  for (const auto& [option, path] : {std::pair("--wrong ", line.wrong), std::pair("--warnings ", line.warnings)}) {
    if (path.empty() || !std::filesystem::equivalent(path, line.file, error)) continue;
    return FailUsage(option + path + " is the file itself, which would be lost; give another name");
  }
  const std::string name = line.file == "-" ? "standard input" : line.file;
  const Result<std::unique_ptr<importing::Importer>> importer = OpenImporter(line, name, *setup);
  if (!importer.ok()) return FailByKind(importer.status());
  if (line.preview) return Preview(line, name, *setup, importer->get());
  if (!line.state.empty()) LP_RETURN_IF_ERROR(LookAtLeads(line, name, *setup));
  return Write(line, name, setup->options, importer->get());
}

}  // namespace

void AddImportCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto [import, line] =
      AddSubcommand(program, "import", "Turn contacts and engagement logs in CSV into records", Import, subcommands);
  DeclareImportOptions(import, line.get());
  import->footer(
      "Records go to standard output, what was wrong and why to standard error. The same file gives the same ids, so\n"
      "that importing it again changes nothing.\n"
      "\n"
      "Examples:\n"
      "  leadpulse import contacts.csv --tenant acme --preview --state state\n"
      "  leadpulse import contacts.csv --tenant acme --state state --warnings warnings.csv --to contacts.jsonl\n"
      "  leadpulse import contacts.csv --tenant acme --tag fair --wrong wrong.csv |\n"
      "    leadpulse run --input - --state state --output out\n"
      "  leadpulse import unsubscribed.csv --tenant acme --suppress unsubscribe --at UNSUB_TIME --to optouts.jsonl\n"
      "  leadpulse import contacts.csv --tenant acme --to kafka --config live.yaml\n"
      "\n"
      "Exit codes: 0 done, wrong rows or not; 1 the file cannot be read, or not all could be written; 2 wrong usage.");
}

}  // namespace leadpulse::tools
