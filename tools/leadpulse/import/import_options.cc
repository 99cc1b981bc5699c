#include "tools/leadpulse/import/import_options.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <string_view>
#include <utility>

#include "config/yaml_tree.h"
#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "processor/importing/importer.h"
#include "processor/importing/status_words.h"
#include "processor/query/state_access.h"
#include "tools/leadpulse/record_files.h"
#include "tools/leadpulse/record_target.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

using importing::ImportOptions;
using importing::Mode;
using Pairs = std::vector<std::pair<std::string, std::string>>;

// Splits NAME=VALUE at the last `=` or the first: columns of other systems may have one in their names, ours have none.
Pairs SplitPairs(const std::vector<std::string>& texts, bool at_last) {
  Pairs pairs;
  for (const std::string& text : texts) {
    const size_t equals = at_last ? text.rfind('=') : text.find('=');
    pairs.emplace_back(TrimAsciiSpace(std::string_view(text).substr(0, equals)),
                       TrimAsciiSpace(std::string_view(text).substr(equals + 1)));
  }
  return pairs;
}

std::string CheckPair(const std::string& text) {
  return text.find('=') == std::string::npos ? "`" + text + "` has no `=`" : "";
}

// Splits COLUMN:THEIRS=OURS, at the first `:` and the last `=`.
std::vector<importing::CellValue> SplitValues(const std::vector<std::string>& texts) {
  std::vector<importing::CellValue> values;
  for (const auto& [theirs, ours] : SplitPairs(texts, true)) {
    const size_t colon = theirs.find(':');
    values.push_back({std::string(TrimAsciiSpace(std::string_view(theirs).substr(0, colon))),
                      std::string(TrimAsciiSpace(std::string_view(theirs).substr(colon + 1))), ours});
  }
  return values;
}

std::string CheckValue(const std::string& text) {
  const size_t colon = text.find(':');
  const bool fits = colon != std::string::npos && text.find('=', colon) != std::string::npos;
  return fits ? "" : "`" + text + "` is not COLUMN:THEIRS=OURS";
}

// Splits FORM or COLUMN=FORM, at the last `=`. Without a column the first is empty.
std::pair<std::string, std::string> SplitForm(const std::string& text) {
  const size_t equals = text.rfind('=');
  if (equals == std::string::npos) return {"", std::string(TrimAsciiSpace(text))};
  return SplitPairs({text}, true).front();
}

std::string CheckDateFormat(const std::string& text) {
  return ParseDatePattern(SplitForm(text).second) ? "" : "`" + text + "` is no form of a date; write one as DD.MM.YYYY";
}

std::string CheckNumberFormat(const std::string& text) {
  return importing::NumberFormFromName(SplitForm(text).second)
             ? ""
             : "`" + text + "` is no form of numbers; write 1,234.5 or 1.234,5";
}

std::string CheckHeaderRow(const std::string& text) {
  const auto line = ParseInteger<uint64_t>(text);
  return line && *line > 0 ? "" : "`" + text + "` is no line of a file; write a number from 1";
}

std::string CheckEncoding(const std::string& text) {
  return csv::EncodingFromName(text) ? "" : "`" + text + "` is not known; write one such as windows-1252 or Shift_JIS";
}

std::string CheckDelimiter(const std::string& text) {
  return importing::DelimiterFromName(text) ? ""
                                            : "`" + text + "` is no delimiter; write one character such as `;`, or tab";
}

// Returns the stage with this name in any case, as in records.
Stage StageOf(const std::string& given) { return StageFromName(AsciiLower(given)).value_or(Stage::kUnspecified); }

// Rejects options that would have no effect beside --suppress or --events.
Status FindContradiction(const ImportLine& line) {
  const ImportOptions& options = line.options;
  const bool about_contacts = !options.tags.empty() || !options.lists.empty() || !options.campaigns.empty() ||
                              !line.stage.empty() || !line.consents.empty() || line.empty != "keep";
  if (line.events && !line.suppress.empty()) return Status::Rejected("--suppress and --events do not go together");
  if (about_contacts && (line.events || !line.suppress.empty())) {
    return Status::Rejected(std::string(line.events ? "--events" : "--suppress") +
                            " writes events only; --tag, --list, --campaign, --stage, --consent and --empty are of "
                            "contacts: import the file once more without it");
  }
  if (!line.events && !line.machine_agents.file.empty()) {
    return Status::Rejected("--machine-agents is of --events only");
  }
  if (!line.warnings.empty() && line.state.empty()) {
    return Status::Rejected("--warnings needs --state, which knows the addresses");
  }
  if (!line.warnings.empty() && line.warnings == line.wrong) {
    return Status::Rejected("--warnings and --wrong are the same file; give two names");
  }
  if (line.update_only && line.create_only) return Status::Rejected("--update-only and --create-only leave no row");
  return Status::Ok();
}

// Rejects what needs a state, or contacts, or a file that can be read twice. `options`: those of the line and the plan.
Status CheckUseOfState(const ImportLine& line, const ImportOptions& options) {
  const bool are_contacts = options.mode == Mode::kContacts;
  const char* const of_leads = options.rows_of == importing::RowsOf::kKnownLeads ? "--update-only"
                               : options.rows_of == importing::RowsOf::kNewLeads ? "--create-only"
                               : !line.undo.empty()                              ? "--undo"
                                                                                 : nullptr;
  if (of_leads != nullptr && !are_contacts) return Status::Rejected(Concat({of_leads, " is of contacts only"}));
  if (of_leads != nullptr && line.state.empty()) {
    return Status::Rejected(Concat({of_leads, " needs --state, which knows the leads"}));
  }
  if (line.state.empty() || line.preview) return Status::Ok();
  if (!are_contacts)
    return Status::Rejected("with --events or --suppress, --state is for --preview only; leave it out");
  if (line.file == "-") {
    return Status::Rejected(
        "--state reads the file twice, and standard input comes once; import from a file, or look with --preview");
  }
  return Status::Ok();
}

// Reads the plan, if there is one. A preview may be about to write it. The options of the line come after it.
Status ReadPlan(const ImportLine& line, ImportSetup* setup) {
  std::error_code error;
  if (line.plan.empty() || (line.preview && !std::filesystem::exists(line.plan, error))) return Status::Ok();
  LP_ASSIGN_OR_RETURN(const std::string text, ReadFile(line.plan, config::kMaxYamlBytes));
  const Result<Json> plan = importing::PlanFromYaml(text);
  if (!plan.ok()) return Status::Rejected(Concat({line.plan, ": ", plan.status().message()}));
  auto problem = importing::ReadFileOptions(*plan, &setup->file);
  if (!problem) problem = importing::ReadImportOptions(*plan, &setup->options);
  return problem ? Status::Rejected(Concat({line.plan, ": ", InWordsOfTheLine(*problem)})) : Status::Ok();
}

Status ReadIssuedAt(const ImportLine& line, ImportOptions* options) {
  if (!line.issued_at.empty()) {
    options->issued_at = *ParseUntil(line.issued_at);
    return Status::Ok();
  }
  if (line.file == "-") {
    if (options->mode == Mode::kEvents) return Status::Ok();  // their rows have times
    return Status::Rejected("standard input has no time of its own; say with --issued-at as of when it is");
  }
  struct stat facts {};
  if (stat(line.file.c_str(), &facts) != 0) return Status::Fatal(line.file + " cannot be opened: " + strerror(errno));
  options->issued_at = Instant{int64_t{facts.st_mtim.tv_sec} * 1000 + facts.st_mtim.tv_nsec / 1'000'000};
  return Status::Ok();
}

// Adds options of the line in place of those of the plan with the same key.
template <typename Option, typename KeyOf>
void AddInPlace(std::vector<Option> added, const KeyOf& key_of, std::vector<Option>* options) {
  std::erase_if(*options, [&](const Option& planned) {
    return std::ranges::find(added, key_of(planned), key_of) != added.end();
  });
  std::ranges::move(added, std::back_inserter(*options));
}

Status ReadTimes(const ImportLine& line, ImportOptions* options) {
  std::vector<std::pair<std::string, std::string>> dates, numbers;
  for (const std::string& text : line.date_formats) {
    const auto [column, form] = SplitForm(text);
    if (column.empty()) options->times.pattern = ParseDatePattern(form);
    if (!column.empty()) dates.emplace_back(column, form);
  }
  for (const std::string& text : line.number_formats) {
    const auto [column, form] = SplitForm(text);
    if (column.empty()) options->numbers = importing::NumberFormFromName(form);
    if (!column.empty()) numbers.emplace_back(column, form);
  }
  const auto first = [](const auto& pair) { return pair.first; };
  AddInPlace(std::move(dates), first, &options->date_formats);
  AddInPlace(std::move(numbers), first, &options->number_formats);
  if (!line.timezone.empty()) options->zone_name = line.timezone;
  std::string zone = options->zone_name;
  if (zone.empty() && options->definitions != nullptr) zone = options->definitions->calendar.zone_name();
  if (zone.empty()) return Status::Ok();
  const auto problem = importing::LoadZone(zone, &options->times.zone.emplace());
  return problem ? Status::Rejected(InWordsOfTheLine(*problem)) : Status::Ok();
}

// Returns `--map 'COLUMN=email'`, `--timezone` or `--date-format DD.MM.YYYY`.
std::string NameOf(const importing::Option& option) {
  using Name = std::pair<std::string_view, std::string_view>;
  constexpr auto kNames = std::to_array<Name>({{"map", "--map"},
                                               {"lead_id", "--lead-id"},
                                               {"at", "--at"},
                                               {"consents", "--consent"},
                                               {"values", "--value"},
                                               {"date_format", "--date-format"},
                                               {"date_formats", "--date-format"},
                                               {"number_format", "--number-format"},
                                               {"number_formats", "--number-format"},
                                               {"empty_words", "--empty-word"},
                                               {"header_row", "--header-row"},
                                               {"delimiter", "--delimiter"},
                                               {"update_only", "--update-only"},
                                               {"create_only", "--create-only"},
                                               {"timezone", "--timezone"},
                                               {"encoding", "--encoding"}});
  const auto* const found = std::ranges::find(kNames, option.name, &Name::first);
  LP_ASSERT(found != kNames.end());
  const std::string_view name = found->second;
  const std::string_view theirs = option.theirs.empty() ? importing::kUnknownWords : option.theirs;
  const std::string words = option.name == "values" ? Concat({":", theirs}) : "";
  if (!option.column.empty()) return Concat({name, " '", option.column, words, "=", option.meaning, "'"});
  return option.meaning.empty() ? std::string(name) : Concat({name, " '", option.meaning, "'"});
}

EventType OptOutOf(const std::string& name) {
  if (name == "bounce") return EventType::kBounce;
  return name == "complaint" ? EventType::kComplaint : EventType::kUnsubscribe;
}

void DeclareContactOptions(CLI::App* import, ImportLine* line) {
  AddEach(import, "--tag", &line->options.tags, "NAME", "Everyone gets this tag");
  AddEach(import, "--list", &line->options.lists, "NAME", "Everyone comes into this list");
  AddEach(import, "--campaign", &line->options.campaigns, "NAME", "Everyone comes into this campaign");
  Add(import, "--stage", &line->stage, "STAGE", "The stage of everyone, unless a column says another")
      ->check(Unnamed(CLI::IsMember(StageNames(), CLI::ignore_case)));
  AddEach(import, "--consent", &line->consents, "PURPOSE=COLUMN", "A column of yes and no")->check(Check(CheckPair));
  AddChoice(import, "--empty", &line->empty, "keep|unset", {"keep", "unset"},
            "What an empty cell does to an attribute");
  import->add_flag("--backfill", line->options.backfill,
                   "Mark commands as history, too: nobody is mailed because of them");
}

// Declares the options for how cells and the file are read.
void DeclareReadingOptions(CLI::App* import, ImportLine* line) {
  Add(import, "--definitions", &line->definitions, "FILE",
      "Convert cells to the types that it declares; without it those of --state");
  AddEach(import, "--date-format", &line->date_formats, "FORM",
          "DD.MM.YYYY, MM/DD/YY, serial, …, of all columns; COLUMN=FORM: of one; DD.MM.1904 gives days without a year "
          "that one. Without it: what all its cells fit")
      ->check(Check(CheckDateFormat));
  AddEach(import, "--number-format", &line->number_formats, "FORM",
          "1,234.5 or 1.234,5, of all columns; COLUMN=FORM: of one. Without it: what all its cells fit")
      ->check(Check(CheckNumberFormat));
  AddEach(import, "--empty-word", &line->options.empty_words, "WORD", "A cell with this word is empty, in any column");
  Add(import, "--header-row", &line->header_row, "LINE", "The line that names the columns. Without it: found")
      ->check(Check(CheckHeaderRow));
  Add(import, "--timezone", &line->timezone, "ZONE", "The zone of times that name none. Default: the definitions'");
  Add(import, "--issued-at", &line->issued_at, "TIME",
      "As of when it holds. Without it: when the file was last changed")
      ->check(Check(CheckUntil));
  Add(import, "--delimiter", &line->delimiter, "C", "Without it: found among `,` `;` tab `|`")
      ->check(Check(CheckDelimiter));
  Add(import, "--encoding", &line->encoding, "NAME",
      "windows-1252, Shift_JIS, … Without it UTF-8, UTF-16 or UTF-32; another file is refused with the choices")
      ->check(Check(CheckEncoding));
}

}  // namespace

Result<ImportSetup> ReadImportLine(const ImportLine& line) {
  ImportSetup setup{.file = {}, .options = line.options, .definitions = nullptr};
  ImportOptions& options = setup.options;
  LP_RETURN_IF_ERROR(FindContradiction(line));
  LP_RETURN_IF_ERROR(CheckTarget(line.target));
  if (line.events || !line.suppress.empty()) {
    options.mode = line.events ? Mode::kEvents : Mode::kOptOuts;
    options.opt_out = OptOutOf(line.suppress);
  }
  LP_RETURN_IF_ERROR(ReadPlan(line, &setup));
  if (!line.delimiter.empty()) setup.file.csv.delimiter = importing::DelimiterFromName(line.delimiter);
  if (!line.header_row.empty()) setup.file.header_line = ParseInteger<uint64_t>(line.header_row);
  if (!line.encoding.empty()) setup.file.csv.encoding = csv::EncodingFromName(line.encoding);
  const auto first = [](const auto& pair) { return pair.first; };
  AddInPlace(SplitPairs(line.map, true), first, &options.map);
  AddInPlace(
      SplitValues(line.values), [](const auto& value) { return std::pair(value.column, value.theirs); },
      &options.values);
  AddInPlace(SplitPairs(line.consents, false), first, &options.consents);
  if (!line.stage.empty()) options.stage = StageOf(line.stage);
  options.empty_unsets = options.empty_unsets || line.empty == "unset";
  if (line.update_only) options.rows_of = importing::RowsOf::kKnownLeads;
  if (line.create_only) options.rows_of = importing::RowsOf::kNewLeads;
  LP_RETURN_IF_ERROR(CheckUseOfState(line, options));
  if (!line.definitions.empty()) {
    setup.definitions = LoadDefinitionsFile(line.definitions, false);
    if (setup.definitions == nullptr) return Status::Rejected("");
  } else if (!line.state.empty()) {
    const auto ignore = [](const std::string&) {};  // the command opens the state again
    const auto store = query::OpenStateToRead(line.state, ignore);
    if (!store.ok()) return Status::Fatal(store.status().message());
    LP_ASSIGN_OR_RETURN(setup.definitions, query::DefinitionsInState(**store, ignore));
  }
  if (setup.definitions != nullptr) options.definitions = &setup.definitions->For(options.tenant);
  LP_ASSIGN_OR_RETURN(options.machines, ReadMachineAgents(line.machine_agents));
  LP_RETURN_IF_ERROR(ReadTimes(line, &options));
  LP_RETURN_IF_ERROR(ReadIssuedAt(line, &options));
  return setup;
}

std::string NameOfOption(const importing::Option& option) { return NameOf(option); }

bool HasAnswers(const ImportLine& line) {
  const auto has = [](const auto&... parts) { return (... || !parts.empty()); };
  return has(line.map, line.values, line.consents, line.date_formats, line.number_formats, line.delimiter,
             line.encoding, line.header_row, line.timezone, line.options.empty_words);
}

std::string CommandToCopy(const ImportLine& line, const std::vector<importing::Option>& more) {
  static constexpr std::string_view kPlain = "._-/:,=";
  std::string text = "leadpulse import";
  const auto add = [&text](std::string_view word) {
    text += " ";
    if (!word.empty() && IsAlphanumeric(word, kPlain)) {
      text += word;
      return;
    }
    text += '\'';
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    text += '\'';
  };
  add(line.file);
  for (const CLI::Option* option : line.command->get_options()) {
    const bool is_named = !option->get_lnames().empty() && option->get_lnames().front() != "preview";
    if (!is_named || option->count() == 0) continue;
    const std::string name = "--" + option->get_lnames().front();
    if (option->get_items_expected_max() == 0) add(name);
    for (const std::string& value : option->results()) {
      if (option->get_items_expected_max() == 0) break;
      add(name);
      add(value);
    }
  }
  for (const importing::Option& option : more) text += " " + NameOf(option);
  return text + (line.preview ? " --preview" : "");
}

std::string InWordsOfTheLine(const importing::Problem& problem) { return importing::InWords(problem, NameOf); }

void DeclareImportOptions(CLI::App* import, ImportLine* line) {
  line->command = import;
  Add(import, "FILE", &line->file, "", "CSV with a header, also .gz or .zst; -: standard input")->required();
  AddTenantOption(import, &line->options.tenant);
  AddEach(import, "--map", &line->map, "COLUMN=NAME", "The meaning of a column; with nothing after `=` it is left out")
      ->check(Check(CheckPair));
  AddEach(import, "--value", &line->values, "COLUMN:THEIRS=OURS",
          "Read a cell THEIRS as OURS, `*`: words that are not known and may mean no mail; for types of events also as "
          "nothing (skip the row) or `erase`")
      ->check(Check(CheckValue));
  Add(import, "--lead-id", &line->options.lead_id_column, "COLUMN", "The lead's id. Without it: the address");
  DeclareContactOptions(import, line);
  Add(import, "--suppress", &line->suppress, "TYPE", "They opted out elsewhere: unsubscribe, bounce or complaint")
      ->check(Unnamed(CLI::IsMember({"unsubscribe", "bounce", "complaint"})));
  import->add_flag("--events", line->events, "A log of engagement instead of contacts");
  AddMachineAgentsOptions(import, &line->machine_agents);
  Add(import, "--at", &line->options.time_column, "COLUMN", "The time of a row; for contacts: as of when it holds");
  DeclareReadingOptions(import, line);
  Add(import, "--to", &line->target.to, "FILE",
      "A new .jsonl or .pb, also .gz or .zst; kafka: the topics of a live run")
      ->capture_default_str();
  AddConfigOption(import, &line->target.config);
  Add(import, "--wrong", &line->wrong, "FILE", "Where rows that cannot be used go, with the reason, as CSV");
  Add(import, "--plan", &line->plan, "FILE",
      "The options of a file of this kind. With --preview it is written, with what was found, if it does not exist");
  import->add_flag("--preview", line->preview, "Show what would be read, and write nothing");
  Add(import, "--state", &line->state, "DIR",
      "For contacts: say first which rows have an address that is in use or suppressed; with --preview: also how many "
      "are new, and how many change something");
  Add(import, "--warnings", &line->warnings, "FILE", "With --state: where such rows go, too, with the reason, as CSV");
  import->add_flag("--update-only", line->update_only, "With --state: leave out rows of leads that are not there");
  import->add_flag("--create-only", line->create_only,
                   "With --state: leave out rows of leads that are there, except what they say against mail");
  Add(import, "--undo", &line->undo, "FILE",
      "With --state: write records that take the import back to a new .jsonl or .pb, also .gz or .zst")
      ->check(Check(CheckNewRecordFile));
}

}  // namespace leadpulse::tools
