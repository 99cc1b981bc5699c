// leadpulse import: converts contacts, opt-outs and engagement logs from CSV to records.
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/base/status.h"
#include "processor/base/text.h"
#include "tools/leadpulse/import/import_options.h"
#include "tools/leadpulse/import/import_preview.h"
#include "tools/leadpulse/import/opened_import.h"
#include "tools/leadpulse/import/row_report.h"
#include "tools/leadpulse/import/undo_file.h"
#include "tools/leadpulse/record_files.h"
#include "tools/leadpulse/record_target.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

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

Result<int> Write(const ImportLine& line, const importing::ImportOptions& options, importing::Importer* importer) {
  const std::string name = NameOfFile(line);
  const bool needs_state =
      options.rows_of != importing::RowsOf::kAllLeads || (importer->exported() && !line.state.empty());
  LP_ASSIGN_OR_RETURN(StateOfImport state,
                      needs_state ? OpenState(line, options) : Result<StateOfImport>(StateOfImport()));
  const auto output = line.target.kafka() ? OpenTopicsOf(line.target.config) : CreateRecordFile(line.target.to);
  if (!output.ok()) return FailByKind(output.status());
  LP_ASSIGN_OR_RETURN(auto wrong, RowsFile::Open(line.wrong, *importer));
  RowTally tally;
  const Status copied = Copy(importer, &state, output->get(), &wrong, &tally);
  // The records before an error are right, and have the same ids next time.
  const Status closed = (*output)->Close();
  const Status closed_wrong = wrong.Close();
  const auto is_shown = [](const importing::Finding& each) { return !each.is_offer || each.is_for_import; };
  const std::string records = Counted(tally.records(), "record");
  PrintToStandardError(name + ": " + Counted(tally.rows(), "row") + ", " + std::to_string(tally.right()) +
                       " right as " + records + tally.SkippedInWords() + ", " + std::to_string(tally.wrong()) +
                       " wrong\n" + tally.DescribeSuppressed() + StopsInWords(importer->findings()) +
                       IdleValuesInWords(line, *importer) + FindingsInWords(importer->findings(), is_shown) +
                       tally.DescribeSkipped() + tally.DescribeDoubtful() + tally.DescribeWrong());
  if (!copied.ok()) return Fail(copied.message().empty() ? "" : name + ": " + copied.message());
  if (!closed.ok()) return Fail(closed);
  return closed_wrong.ok() ? kDone : Fail(closed_wrong);
}

// Reads the whole file before anything is written, reports the rows whose address is in use or suppressed, and writes
// what takes the import back.
Status LookAtLeads(const ImportLine& line, const ImportSetup& setup) {
  const std::string name = NameOfFile(line);
  LP_ASSIGN_OR_RETURN(StateOfImport state, OpenState(line, setup.options));
  LP_ASSIGN_OR_RETURN(const std::unique_ptr<importing::Importer> importer, OpenImporter(line, setup));
  LP_ASSIGN_OR_RETURN(auto rows, RowsFile::Open(line.warnings, *importer));
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
  const Result<std::unique_ptr<importing::Importer>> importer = OpenImporter(line, *setup);
  if (!importer.ok()) return FailByKind(importer.status());
  if (line.preview) return PreviewImport(line, *setup, importer->get());
  if (!line.state.empty()) LP_RETURN_IF_ERROR(LookAtLeads(line, *setup));
  return Write(line, setup->options, importer->get());
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
