// leadpulse import: contacts, opt-outs and engagement logs from CSV as records.
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/files/input/byte_source.h"
#include "tools/leadpulse/import/address_report.h"
#include "tools/leadpulse/import/import_options.h"
#include "tools/leadpulse/import/import_output.h"
#include "tools/leadpulse/import/import_preview.h"
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

constexpr std::chrono::minutes kMaxFutureSkew{10};  // as a run's default

void WarnOfOptOuts(const importing::Importer& importer) {
  for (const importing::Column& column : importer.columns()) {
    if (!importing::HidesOptOuts(column)) continue;
    PrintError("warning: the column `" + DisplayableLine(column.header) +
               "` is kept as an attribute, which stops no mail; who opted out is imported with --suppress, consents "
               "with --consent");
  }
}

Status Copy(importing::Importer* importer, ImportOutput* output, RowsFile* wrong, RowTally* tally) {
  for (;;) {
    LP_ASSIGN_OR_RETURN(const importing::ImportedRow* row, importer->Next());
    if (row == nullptr) return Status::Ok();
    tally->Add(*row);
    if (row->wrong) LP_RETURN_IF_ERROR(wrong->Write(*row->row, InWordsOfTheLine(row->wrong->problem)));
    LP_RETURN_IF_ERROR(output->Write(*row));
  }
}

Result<int> Write(const ImportLine& line, const std::string& name, importing::Importer* importer) {
  Result<ImportOutput> output = ImportOutput::Open(line.target);
  if (!output.ok()) return FailByKind(output.status());
  LP_ASSIGN_OR_RETURN(auto wrong, RowsFile::Open(line.wrong, importer->header(), importer->file().delimiter()));
  RowTally tally;
  const Status copied = Copy(importer, &*output, &wrong, &tally);
  // The records before an error are right, and have the same ids next time.
  const Status closed = output->Close();
  const Status closed_wrong = wrong.Close();
  const std::string records = Counted(tally.records(), "record");
  PrintToStandardError(name + ": " + Counted(tally.rows(), "row") + ", " + std::to_string(tally.right()) +
                       " right as " + records + tally.SkippedInWords() + ", " + std::to_string(tally.wrong()) +
                       " wrong\n" + tally.DescribeSkipped() + tally.DescribeWrong());
  if (!copied.ok()) return Fail(copied.message().empty() ? "" : name + ": " + copied.message());
  if (!closed.ok()) return Fail(closed);
  return closed_wrong.ok() ? kDone : Fail(closed_wrong);
}

// A state, and what it says about addresses.
struct StateOfImport {
  std::unique_ptr<state::LeadStore> store;
  std::optional<AddressReport> addresses;  // nullopt: the rows are no contacts
};

Result<StateOfImport> OpenState(const ImportLine& line, const importing::ImportOptions& options) {
  StateOfImport opened;
  LP_ASSIGN_OR_RETURN(opened.store, query::OpenStateToRead(line.state, PrintWarning));
  LP_RETURN_IF_ERROR(query::WarnIfNewTenant(line.options.tenant, *opened.store, PrintWarning));
  if (options.mode != importing::Mode::kContacts) return opened;
  LP_ASSIGN_OR_RETURN(auto definitions, query::DefinitionsInState(*opened.store, PrintWarning));
  LP_RETURN_IF_ERROR(WarnOfMissingPartitions(*opened.store));
  opened.addresses.emplace(*opened.store, std::move(definitions), line.options.tenant);
  return opened;
}

Result<int> PreviewLine(const ImportLine& line, const std::string& name, const importing::ImportOptions& options,
                        importing::Importer* importer) {
  if (line.state.empty()) return PreviewImport(name, options, importer, nullptr, nullptr);
  LP_ASSIGN_OR_RETURN(StateOfImport state, OpenState(line, options));
  return PreviewImport(name, options, importer, state.store.get(), state.addresses ? &*state.addresses : nullptr);
}

// An importer at the first row of the file. An error without a message has been printed; Rejected: wrong usage.
Result<std::unique_ptr<importing::Importer>> OpenImporter(const ImportLine& line, const std::string& name,
                                                          const ImportPlan& plan) {
  Result<csv::ReadBytes> read = OpenImportFile(line.file);
  if (!read.ok()) return Status::Fatal(read.status().message());
  auto importer = importing::Importer::Open(*std::move(read), plan.csv, SystemClock().Now() + kMaxFutureSkew);
  if (!importer.ok()) return Status::Fatal(name + ": " + importer.status().message());
  if (const auto problem = (*importer)->Plan(plan.options)) {
    return Status::Rejected(DisplayableLine(InWordsOfTheLine(*problem)));
  }
  return importer;
}

// Before anything is written: reads the whole file, and says which rows meet an address that is in use or suppressed.
Status ReportAddresses(const ImportLine& line, const std::string& name, const ImportPlan& plan) {
  LP_ASSIGN_OR_RETURN(StateOfImport state, OpenState(line, plan.options));
  LP_ASSIGN_OR_RETURN(const std::unique_ptr<importing::Importer> importer, OpenImporter(line, name, plan));
  LP_ASSIGN_OR_RETURN(auto rows, RowsFile::Open(line.warnings, importer->header(), importer->file().delimiter()));
  for (;;) {
    const Result<const importing::ImportedRow*> row = importer->Next();
    if (!row.ok()) return Status::Fatal(name + ": " + row.status().message() + "; nothing was written");
    if (*row == nullptr) break;
    LP_ASSIGN_OR_RETURN(const MetAddress met, state.addresses->Add(**row));
    if (!met.warning.empty()) LP_RETURN_IF_ERROR(rows.Write(*(*row)->row, met.warning));
  }
  PrintToStandardError(name + ": " + state.addresses->Describe());
  return rows.Close();
}

Result<int> Import(const ImportLine& line) {
  const Result<ImportPlan> plan = ReadImportLine(line);
  if (!plan.ok()) return FailByKind(plan.status());
  std::error_code error;
  for (const auto& [option, path] : {std::pair("--wrong ", line.wrong), std::pair("--warnings ", line.warnings)}) {
    if (path.empty() || !std::filesystem::equivalent(path, line.file, error)) continue;
    return FailUsage(option + path + " is the file itself, which would be lost; give another name");
  }
  const std::string name = line.file == "-" ? "standard input" : line.file;
  const Result<std::unique_ptr<importing::Importer>> importer = OpenImporter(line, name, *plan);
  if (!importer.ok()) return FailByKind(importer.status());
  WarnOfOptOuts(**importer);
  if (line.preview) return PreviewLine(line, name, plan->options, importer->get());
  if (!line.state.empty()) LP_RETURN_IF_ERROR(ReportAddresses(line, name, *plan));
  return Write(line, name, importer->get());
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
