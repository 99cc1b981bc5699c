// leadpulse retract: takes back events that never happened, as a broken mail server's bounces.
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/base/clock.h"
#include "processor/base/nearest.h"
#include "processor/base/text.h"
#include "processor/rules/vocabulary.h"
#include "processor/webhooks/scanner_habit.h"
#include "tools/leadpulse/confirmation.h"
#include "tools/leadpulse/made_record.h"
#include "tools/leadpulse/option_checks.h"
#include "tools/leadpulse/record_output.h"
#include "tools/leadpulse/retract/retraction_pass.h"
#include "tools/leadpulse/retract/retraction_text.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

struct RetractLine {
  std::string state;
  std::string tenant;
  std::optional<std::string> where;
  std::string type;
  std::vector<std::string> between;  // none or two
  std::optional<std::string> campaign;
  std::optional<std::string> name;
  bool machine = false;
  int scanner_seconds = 0;  // 0: whoever did it
  RecordTarget target;      // without `to`: only the preview
  bool yes = false;
};

// As records and definitions call it (page_visit), or as rules do (visit).
std::optional<EventType> TypeOf(const std::string& text) {
  const std::string name = AsciiLower(text);
  const std::optional<EventType> type = EventTypeFromName(name);
  if (type == EventType::kRetract) return std::nullopt;
  return type ? type : rules::ActionFromWord(name);
}

// CLI11 takes a text as the complaint about a value, nothing as consent.
std::string CheckRetractableType(const std::string& text) {
  if (TypeOf(text)) return "";
  std::vector<std::string> known;
  std::string all;
  for (const EventType type : kCountedTypes) {
    known.emplace_back(EventTypeName(type));
    all += " " + known.back();
  }
  const std::optional<std::string> nearest = NearestName(text, known);
  return "`" + text + "` cannot be taken back" +
         (nearest ? "; did you mean " + *nearest + "?" : "; what can is one of:" + all);
}

std::string CheckInstant(const std::string& text) {
  if (ParseDay(text) || ParseRfc3339(text)) return "";
  return "`" + text + "` is no time; write 2026-03-10 or 2026-03-10T09:30:00Z";
}

rules::Text TextOf(const std::string& text) { return {text, FoldCase(text)}; }

// The window as in rules, a day as the second bound up to its end.
Result<RetractionQuery> QueryOf(const RetractLine& line, const Calendar& calendar, Instant clock, Instant now) {
  RetractionQuery query;
  query.step.type = *TypeOf(line.type);
  query.scanner_within = std::chrono::seconds(line.scanner_seconds);
  if (line.machine) query.step.scope = rules::Scope::kMachine;
  if (line.campaign) query.step.campaign = TextOf(*line.campaign);
  if (line.name) query.step.name = TextOf(*line.name);
  query.clock = clock;
  query.at = TimeOfRecordsFor(clock, now);
  if (line.between.empty()) return query;
  query.from = *ParseDateLiteral(line.between.front(), calendar);
  const std::optional<Day> last = ParseDay(line.between.back());
  query.until = last ? calendar.StartOf(*last + 1) : *ParseDateLiteral(line.between.back(), calendar);
  if (query.from < query.until) return query;
  return Status::Rejected("--between " + line.between.front() + " " + line.between.back() +
                          ": the first must be the earlier one");
}

// Whether the rule can be asked. Prints what is wrong, or doubtful, with it.
bool CheckWhere(const RetractLine& line, const config::Definitions& definitions, RetractionAsked* asked) {
  if (!line.where) return true;
  WhereRule::Checked checked = WhereRule::Check(*line.where, definitions, {line.tenant});
  for (const std::string& warning : checked.warnings) PrintError("warning: " + warning);
  for (const std::string& error : checked.errors) PrintError(error);
  asked->where = std::move(checked.rule);
  return asked->where != nullptr;
}

// Where the records go to standard output, what is said for people goes beside it.
ExitCode Say(const RetractLine& line, const std::string& text) {
  if (line.target.to != kToStandardOutput) return PrintResult(text);
  PrintToStandardError(text);
  return kDone;
}

int WriteRetractions(const RetractLine& line, const state::LeadStore& store, const config::Definitions& definitions,
                     const RetractionAsked& asked, WorkerPool* pool) {
  const Instant now = SystemClock().Now();
  RecordOutput output(line.target);
  ExitCode code = output.Open();
  if (code != kDone) return code;
  const Status made = MakeRetractions(store, definitions, asked, pool, [&](const codec::Event& event) {
    const Result<std::string> record = RecordLine(event, now);
    if (!record.ok()) return record.status();
    code = output.Write(event, *record);
    return code == kDone ? Status::Ok() : Status::Fatal("not all of it was written; do the same again");
  });
  return made.ok() ? output.Close() : Fail(made);
}

int Retract(const RetractLine& line, const state::LeadStore& store, const config::Definitions& definitions,
            const RetractionAsked& asked) {
  WorkerPool pool(WorkersFor(store));
  const Result<RetractionTotals> totals = PreviewRetractions(store, definitions, asked, &pool);
  if (!totals.ok()) return Fail(totals.status());
  if (const ExitCode said = Say(line, RetractionText(asked, *totals)); said != kDone) return said;
  if (totals->entries == 0) return kDone;
  if (line.target.to.empty())
    return Say(line, "\nNothing is written. --to FILE writes the records for a run to read.\n");
  if (!line.yes && !SaysYes("Take them back?")) return Fail(Status::Rejected("nothing was written"));
  return WriteRetractions(line, store, definitions, asked, &pool);
}

int RunRetract(const RetractLine& line) {
  if (line.scanner_seconds > 0 && *TypeOf(line.type) != EventType::kClick) {
    return FailUsage(Status::Rejected("--scanner-seconds is about clicks: use it with --type click"));
  }
  if (line.where) {
    if (Status status = WhereRule::CheckSyntax(*line.where); !status.ok()) return FailUsage(status);
  }
  if (Status status = CheckTarget(line.target); !status.ok()) return FailUsage(status);
  if (!line.target.to.empty()) {
    if (Status status = CheckCanAsk(line.yes, "write"); !status.ok()) return FailUsage(status);
  }
  const auto store = OpenStateToRead(line.state);
  if (!store.ok()) return Fail(store.status());
  const auto definitions = DefinitionsInState(**store);
  if (!definitions.ok()) return Fail(definitions.status());
  const auto tenants = TenantsAsked(line.tenant, **store, **definitions);
  if (!tenants.ok()) return Fail(tenants.status());
  const Result<Instant> clock = ClockOfState(**store);
  if (!clock.ok()) return Fail(clock.status());
  const Calendar& calendar = (*definitions)->For(line.tenant).calendar;
  Result<RetractionQuery> query = QueryOf(line, calendar, *clock, SystemClock().Now());
  if (!query.ok()) return FailUsage(query.status());
  RetractionAsked asked{line.tenant, nullptr, std::move(*query)};
  if (!CheckWhere(line, **definitions, &asked)) return kUsage;
  return Retract(line, **store, **definitions, asked);
}

void DeclareOptions(CLI::App* retract, RetractLine* line) {
  const CLI::Validator not_empty(CheckNotEmpty, "");
  retract->add_option("--state", line->state, "The state directory of a run, which may be going on")
      ->type_name("DIR")
      ->required();
  retract->add_option("--tenant", line->tenant, "Whose leads")->type_name("T")->required()->check(not_empty);
  retract->add_option("--where", line->where, "Only of leads that this rule holds for")->type_name("RULE");
  retract->add_option("--type", line->type, "What never happened: bounce, open, click, page_visit, …")
      ->type_name("TYPE")
      ->required()
      ->check(CLI::Validator(CheckRetractableType, ""));
  retract
      ->add_option("--between", line->between,
                   "Only from A on and before B, in the tenant's time zone; a day as B belongs to it")
      ->type_name("A B")
      ->expected(2)
      ->check(CLI::Validator(CheckInstant, ""));
  retract->add_option("--campaign", line->campaign, "Only of this campaign")->type_name("C")->check(not_empty);
  retract->add_option("--name", line->name, "Only with this name: the link of a click, the page of a visit")
      ->type_name("TEXT")
      ->check(not_empty);
  retract->add_flag("--machine", line->machine, "What programs did; without it, as in rules, what people did");
  retract
      ->add_option("--scanner-seconds", line->scanner_seconds,
                   "Only clicks of a security scanner: within N seconds of the mail's delivery, before or after, on\n"
                   "every link of it that is known, and on two at least")
      ->type_name("N")
      ->check(CLI::Range(1, webhooks::kMaxScannerSeconds));
  retract
      ->add_option("--to", line->target.to,
                   "Ask, and write the records: to the end of a .jsonl file, - (standard output), or kafka")
      ->type_name("FILE")
      ->check(CLI::Validator(CheckRecordFile, ""));
  AddConfigOption(retract, &line->target.config);
  retract->add_flag("--yes", line->yes, "Do not ask");
}

}  // namespace

void AddRetractCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto line = std::make_shared<RetractLine>();
  CLI::App* retract = program->add_subcommand("retract", "Take back events that never happened");
  DeclareOptions(retract, line.get());
  retract->footer(
      "Says first what would change, and changes nothing by itself: the records are for `leadpulse run`.\n"
      "\n"
      "Example:\n"
      "  leadpulse retract --state state --tenant acme --type bounce --between 2026-03-02 2026-03-03 --to back.jsonl\n"
      "  leadpulse retract --state state --tenant acme --type click --scanner-seconds 10");
  subcommands->push_back({retract, [line] { return RunRetract(*line); }});
}

}  // namespace leadpulse::tools
