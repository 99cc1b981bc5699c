#include "tools/leadpulse/import/opened_import.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/clock.h"
#include "processor/base/text.h"
#include "processor/files/input/byte_source.h"
#include "processor/query/addresses/contact_outlook.h"
#include "processor/query/state_access.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

constexpr std::chrono::minutes kMaxFutureSkew{10};  // the default of a run

Result<csv::ReadBytes> OpenImportFile(const std::string& path) {
  const input::Compression compression = input::CompressionOf(path);
  if (compression == input::Compression::kNone) return csv::OpenFile(path);
  LP_ASSIGN_OR_RETURN(auto source, input::OpenInput(path, compression, STDIN_FILENO));
  return csv::ReadBytes([source = std::shared_ptr<input::ByteSource>(std::move(source))](char* buffer, size_t size) {
    return source->Read(buffer, size);
  });
}

// Returns the problem of an encoding that does not fit the first piece of a pipe, which can be read only once.
Result<std::optional<importing::Problem>> CheckEncodingOfPipe(csv::ReadBytes* read, csv::ReadOptions* csv) {
  if (!csv->encoding) return std::optional<importing::Problem>();
  constexpr size_t kPieceBytes = csv::Utf8Input::kPieceBytes;
  LP_ASSIGN_OR_RETURN(std::string piece, csv::Peek(read, kPieceBytes));
  if (piece.size() == kPieceBytes) piece.resize(Utf8Prefix(piece, kPieceBytes - 1).size());  // whole characters
  return importing::FindEncoding(csv::BytesOfText(std::move(piece)), csv);
}

// Leaves out the attributes that the row's lead has already, as an export shows them.
Status LeaveOutShown(const importing::ImportedRow& row, const MetAddress& met, const StateOfImport& state,
                     importing::Importer* importer) {
  const std::string& tenant = state.addresses->tenant();
  LP_ASSIGN_OR_RETURN(const std::optional<state::Lead> lead, query::FindLead(*state.store, {tenant, met.lead}));
  std::vector<std::string> names;
  for (const codec::Record& record : row.records) {
    const auto* command = std::get_if<codec::Command>(&record);
    if (command == nullptr || !lead) continue;
    for (std::string& name : query::ShownAlike(*lead, *command, state.definitions->For(tenant))) {
      names.push_back(std::move(name));
    }
  }
  importer->LeaveOutShown(names);
  return Status::Ok();
}

}  // namespace

std::string NameOfFile(const ImportLine& line) { return line.file == "-" ? "standard input" : line.file; }

Result<std::unique_ptr<importing::Importer>> OpenImporter(const ImportLine& line, const ImportSetup& setup) {
  const std::string name = NameOfFile(line);
  csv::ReadOptions csv = setup.file.csv;
  Result<csv::ReadBytes> read = OpenImportFile(line.file);
  if (!read.ok()) return Status::Fatal(read.status().message());
  std::error_code error;
  std::optional<importing::Problem> problem;
  if (std::filesystem::is_regular_file(line.file, error)) {
    problem = importing::FindEncoding(*read, &csv);
    const bool is_of_plan = !line.plan.empty() && line.encoding.empty() && csv.encoding;
    if (problem && is_of_plan) {
      // A file of wrong rows is UTF-8, whatever the file was that the plan is of.
      csv.encoding.reset();
      read = OpenImportFile(line.file);
      if (!read.ok()) return Status::Fatal(read.status().message());
      problem = importing::FindEncoding(*read, &csv);
    }
    read = OpenImportFile(line.file);
    if (!read.ok()) return Status::Fatal(read.status().message());
  } else {
    LP_ASSIGN_OR_RETURN(problem, CheckEncodingOfPipe(&*read, &csv));
  }
  if (problem) return Status::Rejected(DisplayableLine(name + ": " + InWordsOfTheLine(*problem)));
  auto importer =
      importing::Importer::Open(*std::move(read), csv, SystemClock().Now() + kMaxFutureSkew, setup.file.header_line);
  if (!importer.ok()) return Status::Fatal(name + ": " + importer.status().message());
  problem = (*importer)->Plan(setup.options);
  if (problem) {
    std::string questions = DisplayableLine(InWordsOfTheLine(*problem));
    for (const importing::Problem& other : problem->others)
      questions += "\n" + DisplayableLine(InWordsOfTheLine(other));
    return Status::Rejected(std::move(questions));
  }
  return importer;
}

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

Result<const importing::ImportedRow*> NextRow(importing::Importer* importer, StateOfImport* state, MetAddress* met) {
  LP_ASSIGN_OR_RETURN(const importing::ImportedRow* row, importer->Next());
  *met = {};
  if (row == nullptr || !state->addresses) return row;
  LP_ASSIGN_OR_RETURN(*met, state->addresses->Add(*row));
  importer->TellIfKnown(met->is_lead);
  if (importer->exported() && met->is_lead) LP_RETURN_IF_ERROR(LeaveOutShown(*row, *met, *state, importer));
  return row;
}

}  // namespace leadpulse::tools
