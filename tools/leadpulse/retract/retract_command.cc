// leadpulse retract: retracts events that never happened, such as the bounces of a broken mail server.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/base/clock.h"
#include "processor/base/engagement.h"
#include "processor/base/nearest.h"
#include "processor/base/status.h"
#include "processor/base/text.h"
#include "processor/bots/scanner_habit.h"
#include "processor/maintenance/retraction.h"
#include "processor/rules/language/vocabulary.h"
#include "tools/leadpulse/made_record.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/record_files.h"
#include "tools/leadpulse/record_target.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

using codec::ChangeKind;

constexpr size_t kFirstColumn = 24;

// Returns `tier hot to cold`.
std::string MoveText(const codec::Change& change) {
  if (change.kind == ChangeKind::kSegmentLeft) return "leaves " + change.name;
  if (change.kind == ChangeKind::kSegmentEntered) return "enters " + change.name;
  std::string what = AsciiLower(codec::ChangeKindName(change.kind));
  what.resize(what.size() - std::string_view("_changed").size());
  std::ranges::replace(what, '_', ' ');
  if (!change.name.empty()) what += " " + change.name;
  return Concat({what, " ", change.from, " to ", change.to});
}

std::string SampleLine(const maintenance::RetractionSample& sample) {
  std::string moves;
  for (const codec::Change& change : sample.moved) moves += (moves.empty() ? "" : ", ") + MoveText(change);
  const std::string what = sample.events == 0 ? "through its address" : Counted(sample.events, "event");
  return "    " + PaddedToWidth(DisplayableLine(sample.lead), kFirstColumn) + "  " + what + ": " +
         DisplayableLine(moves) + "\n";
}

std::string ChangesText(const maintenance::RetractionTotals& totals) {
  if (totals.leads_changed == 0) return "\n  nothing that is published would change\n";
  std::string text = "\n  a run would publish, of " + Counted(totals.leads_changed, "lead") + "\n";
  for (size_t kind = 1; kind < totals.changes.size(); ++kind) {
    if (totals.changes[kind] == 0) continue;
    const std::string name(codec::ChangeKindName(static_cast<ChangeKind>(kind)));
    text += "    " + PaddedToWidth(name, kFirstColumn) + "  " + std::to_string(totals.changes[kind]) + "\n";
  }
  if (totals.samples.empty()) return text;
  text += "\n  who would change, the first " + std::to_string(maintenance::RetractionTotals::kMostSamples) +
          " by their id\n";
  for (const maintenance::RetractionSample& sample : totals.samples) text += SampleLine(sample);
  return text;
}

std::string RetractionText(const maintenance::RetractionAsked& asked, const maintenance::RetractionTotals& totals) {
  const std::string type(EventTypeName(asked.query.step.type));
  std::string text = "As of " + FormatRfc3339(asked.query.clock) + ", of tenant " + asked.tenant + ":\n\n";
  text += "  " + Counted(totals.entries, type + " event") + " of " + Counted(totals.leads, "lead") + " to take back\n";
  if (totals.already > 0) text += "  " + std::to_string(totals.already) + " more taken back already\n";
  if (totals.folded > 0) {
    text += "  up to " + std::to_string(totals.folded) + " more of " + Counted(totals.leads_with_folded, "lead") +
            " cannot be taken back: they have left the journals (max_entries), and only their number is left\n";
  }
  if (asked.where != nullptr && totals.received > 0) {
    text += "  " + std::to_string(totals.received) +
            " more came through the address of a lead: without --where they are taken back for the address\n";
  }
  return totals.entries == 0 ? text : text + ChangesText(totals);
}

struct RetractLine {
  std::string state;
  std::string tenant;
  std::optional<std::string> where;
  std::string type;
  std::vector<std::string> between;  // none or two
  std::optional<std::string> campaign;
  std::optional<std::string> name;
  bool machine = false;
  int scanner_seconds = 0;  // 0: not limited to scanners
  RecordTarget target;      // without `to`: only the preview
  bool yes = false;
};

// Reads a type by its name in records and definitions (page_visit), or in rules (visit).
std::optional<EventType> TypeOf(const std::string& text) {
  const std::string name = AsciiLower(text);
  const std::optional<EventType> type = EventTypeFromName(name);
  if (type == EventType::kRetract) return std::nullopt;
  return type ? type : rules::ActionFromWord(name);
}

// Returns CLI11's complaint about a value; empty if it is right.
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

rules::Text TextOf(const std::string& text) { return {text, FoldCase(text)}; }

// Makes the query. The window is as in rules; a day as the second bound includes that day.
Result<maintenance::RetractionQuery> QueryOf(const RetractLine& line, const Calendar& calendar, Instant clock,
                                             Instant now) {
  maintenance::RetractionQuery query;
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

// Prints text for people: to standard error if the records go to standard output.
ExitCode Say(const RetractLine& line, const std::string& text) {
  if (line.target.to != kToStandardOutput) return PrintResult(text);
  PrintToStandardError(text);
  return kDone;
}

Result<int> WriteRetractions(const RetractLine& line, const state::LeadReader& store,
                             const config::Definitions& definitions, const maintenance::RetractionAsked& asked,
                             WorkerPool* pool) {
  const Instant now = SystemClock().Now();
  const auto output = OpenRecords(line.target);
  if (!output.ok()) return FailByKind(output.status());
  const auto write = [&](const codec::Event& event) -> Status {
    LP_ASSIGN_OR_RETURN(const std::string record, RecordLine(event, now));
    Status written = (*output)->Write(event, record);
    if (written.ok()) return written;
    Fail(written);
    return Status::Fatal("not all of it was written; do the same again");
  };
  LP_RETURN_IF_ERROR(maintenance::MakeRetractions(store, definitions, asked, pool, write));
  LP_RETURN_IF_ERROR((*output)->Close());
  return kDone;
}

Result<int> Retract(const RetractLine& line, const state::LeadReader& store, const config::Definitions& definitions,
                    const maintenance::RetractionAsked& asked) {
  WorkerPool pool(query::WorkersFor(store));
  LP_ASSIGN_OR_RETURN(const auto totals, maintenance::PreviewRetractions(store, definitions, asked, &pool));
  if (const ExitCode said = Say(line, RetractionText(asked, totals)); said != kDone) return said;
  if (totals.entries == 0) return kDone;
  if (line.target.to.empty())
    return Say(line, "\nNothing is written. --to FILE writes the records for a run to read.\n");
  if (!line.yes && !SaysYes("Take them back?")) return Fail("nothing was written");
  return WriteRetractions(line, store, definitions, asked, &pool);
}

Result<int> RunRetract(const RetractLine& line) {
  if (line.scanner_seconds > 0 && *TypeOf(line.type) != EventType::kClick) {
    return FailUsage("--scanner-seconds is about clicks: use it with --type click");
  }
  if (line.where) {
    if (Status status = query::WhereRule::CheckSyntax(*line.where); !status.ok()) return FailUsage(status);
  }
  if (Status status = CheckTarget(line.target); !status.ok()) return FailUsage(status);
  if (!line.target.to.empty()) {
    if (Status status = CheckCanAsk(line.yes, "write"); !status.ok()) return FailUsage(status);
  }
  LP_ASSIGN_OR_RETURN(const auto store, query::OpenStateToRead(line.state, PrintWarning));
  LP_ASSIGN_OR_RETURN(const auto definitions, query::DefinitionsInState(*store, PrintWarning));
  LP_ASSIGN_OR_RETURN(const auto tenants, query::TenantsAsked(line.tenant, *store, *definitions));
  LP_ASSIGN_OR_RETURN(const Instant clock, query::ClockOfState(*store));
  const Calendar& calendar = definitions->For(line.tenant).calendar;
  Result<maintenance::RetractionQuery> query = QueryOf(line, calendar, clock, SystemClock().Now());
  if (!query.ok()) return FailUsage(query.status());
  maintenance::RetractionAsked asked{line.tenant, nullptr, std::move(*query)};
  if (line.where) asked.where = CheckWhere(*line.where, *definitions, {line.tenant});
  if (line.where && asked.where == nullptr) return kUsage;
  return Retract(line, *store, *definitions, asked);
}

void DeclareOptions(CLI::App* retract, RetractLine* line) {
  AddStateToRead(retract, &line->state);
  Add(retract, "--tenant", &line->tenant, "T", "Whose leads")->required()->check(NotEmpty());
  Add(retract, "--where", &line->where, "RULE",
      "Only of leads that this rule holds for; it leaves out addresses that are no leads");
  Add(retract, "--type", &line->type, "TYPE", "What never happened: bounce, open, click, page_visit, …")
      ->required()
      ->check(Check(CheckRetractableType));
  Add(retract, "--between", &line->between, "A B",
      "Only from A on and before B, in the tenant's time zone; a day as B belongs to it")
      ->expected(2)
      ->check(Check(CheckUntil));
  Add(retract, "--campaign", &line->campaign, "C", "Only of this campaign")->check(NotEmpty());
  Add(retract, "--name", &line->name, "TEXT", "Only with this name: the link of a click, the page of a visit")
      ->check(NotEmpty());
  retract->add_flag("--machine", line->machine, "What programs did; without it, as in rules, what people did");
  Add(retract, "--scanner-seconds", &line->scanner_seconds, "N",
      "Only clicks of a security scanner: within N seconds of the mail's delivery, before or after, on\n"
      "every link of it that is known, and on two at least")
      ->check(CLI::Range(1, bots::kMaxScannerSeconds));
  Add(retract, "--to", &line->target.to, "FILE",
      "Ask, and write the records: to the end of a .jsonl file, - (standard output), or kafka")
      ->check(Check(CheckRecordFile));
  AddConfigOption(retract, &line->target.config);
  retract->add_flag("--yes", line->yes, "Do not ask");
}

}  // namespace

void AddRetractCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto [retract, line] =
      AddSubcommand(program, "retract", "Take back events that never happened", RunRetract, subcommands);
  DeclareOptions(retract, line.get());
  retract->footer(
      "Says first what would change, and changes nothing by itself: the records are for `leadpulse run`.\n"
      "\n"
      "Example:\n"
      "  leadpulse retract --state state --tenant acme --type bounce --between 2026-03-02 2026-03-03 --to back.jsonl\n"
      "  leadpulse retract --state state --tenant acme --type click --scanner-seconds 10");
}

}  // namespace leadpulse::tools
