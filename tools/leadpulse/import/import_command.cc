// leadpulse import: contacts, opt-outs and engagement logs from CSV as records.
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "processor/base/assign_or_return.h"
#include "processor/base/clock.h"
#include "processor/files/input/byte_source.h"
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

// Of an error whose sentence may have been printed already.
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
  // What was read until then is right, and its ids are the same next time.
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
