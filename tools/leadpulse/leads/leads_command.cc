// leadpulse leads: which leads a rule holds for, and what they are, as a table, CSV or JSON lines.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/base/clock.h"
#include "processor/base/text.h"
#include "processor/rules/vocabulary.h"
#include "tools/leadpulse/leads/lead_list.h"
#include "tools/leadpulse/leads/leads_query.h"
#include "tools/leadpulse/leads/row_writers.h"
#include "tools/leadpulse/record_output.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

struct LeadsOptions {
  std::string state;
  std::string tenant;
  std::optional<std::string> where;
  std::optional<std::string> segment;
  std::optional<std::string> columns;
  std::optional<std::string> order;
  std::string limit;
  std::string format = "table";
  bool all = false;
  std::string at;
  std::optional<std::string> to_list;
  RecordTarget target{kToStandardOutput, ""};
};

// What the command line says by itself, before the state is looked at.
struct ReadOptions {
  std::vector<Column> columns;
  std::optional<LeadOrder> order;
  std::optional<size_t> limit;
  std::optional<Instant> at;
};

std::string CheckLimit(const std::string& text) {
  const bool is_number = !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == text.npos;
  if (is_number && text.find_first_not_of('0') != text.npos) return "";
  return "`" + text + "` is no number of leads; write a whole number from 1 on";
}

std::string CheckSegment(const std::string& id) { return id.empty() ? "is empty; give the id of a segment" : ""; }

// COLUMN, COLUMN:asc or COLUMN:desc; a name with a colon stands in backquotes.
Result<LeadOrder> ParseOrder(const std::string& text) {
  std::string name = text;
  bool descending = false;
  const size_t colon = text.rfind(':');
  if (colon != text.npos && !text.ends_with('`')) {
    name = text.substr(0, colon);
    const std::string direction = AsciiLower(TrimAsciiSpace(std::string_view(text).substr(colon + 1)));
    descending = direction == "desc";
    if (!descending && direction != "asc") {
      return Status::Rejected("--order " + text + ": after the colon comes asc or desc; a name that has a colon goes " +
                              "between backquotes");
    }
  }
  Result<Column> column = ParseColumn(name);
  if (!column.ok()) return Status::Rejected("--order: " + column.status().message());
  return LeadOrder{std::move(*column), descending};
}

Result<ReadOptions> Read(const LeadsOptions& options) {
  ReadOptions read{DefaultColumns(), {}, {}, {}};
  Result<std::optional<Instant>> at = ParseAt(options.at);
  if (!at.ok()) return at.status();
  read.at = *at;
  if (options.where) LP_RETURN_IF_ERROR(WhereRule::CheckSyntax(*options.where));
  if (options.to_list) LP_RETURN_IF_ERROR(CheckListName(*options.to_list, SystemClock().Now()));
  if (options.columns && options.all) return Status::Rejected("--all shows every column; leave out --columns");
  if (options.columns) {
    Result<std::vector<Column>> columns = ParseColumns(*options.columns);
    if (!columns.ok()) return Status::Rejected("--columns: " + columns.status().message());
    read.columns = std::move(*columns);
  }
  if (options.order) {
    Result<LeadOrder> order = ParseOrder(*options.order);
    if (!order.ok()) return order.status();
    read.order = std::move(*order);
  }
  if (!options.limit.empty()) read.limit = std::stoull(options.limit);
  return read;
}

void PrintWarnings(const LeadsQuery& query, const config::Definitions& definitions,
                   const std::vector<std::string>& tenants) {
  std::vector<const config::TenantDefinitions*> of_tenants;
  for (const std::string& tenant : tenants) of_tenants.push_back(&definitions.For(tenant));
  std::vector<Column> named = query.columns;
  if (query.order) named.push_back(query.order->column);
  std::string last;
  for (const Column& column : named) {
    const std::string warning = WarningAbout(column, of_tenants);
    if (!warning.empty() && warning != last) PrintError("warning: " + warning);
    last = warning;
  }
}

int PrintLeads(const state::LeadStore& store, const config::Definitions& definitions, const LeadsQuery& query,
               const std::string& format, WorkerPool* pool) {
  constexpr size_t kPrintedAtOnce = 64 << 10;
  std::vector<std::string> names;
  for (const Column& column : query.columns) names.push_back(column.name);
  const std::unique_ptr<RowWriter> writer = MakeRowWriter(format, std::move(names));
  std::string text;
  ExitCode printed = kDone;
  const Status status = QueryLeads(store, definitions, query, pool, [&](const std::vector<Value>& cells) {
    writer->Write(cells, &text);
    if (text.size() >= kPrintedAtOnce) printed = PrintData(std::exchange(text, {}));
    return printed == kDone;
  });
  if (!status.ok()) return Fail(status);
  if (printed != kDone) return printed;
  writer->End(&text);
  return PrintData(text);
}

// Where there is --all, the attributes that occur.
Status AddAttributeColumns(const state::LeadStore& store, const config::Definitions& definitions, WorkerPool* pool,
                           LeadsQuery* query) {
  query->columns = FixedColumns();
  Result<std::vector<std::string>> names = AttributesInState(store, definitions, query->tenant, pool);
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    if (name != "email") query->columns.push_back(AttributeColumn(name));
  }
  return Status::Ok();
}

// Adds to what must hold. Prints what is wrong, or doubtful, with the rule; false: something is wrong.
bool AddRule(const std::string& option, const std::string& rule, const config::Definitions& definitions,
             const std::vector<std::string>& tenants, LeadsQuery* query) {
  WhereRule::Checked checked = WhereRule::Check(rule, definitions, tenants, option);
  for (const std::string& warning : checked.warnings) PrintError("warning: " + warning);
  for (const std::string& error : checked.errors) PrintError(error);
  if (checked.rule == nullptr) return false;
  query->wheres.push_back(std::move(checked.rule));
  return true;
}

int FreezeLeads(const LeadsOptions& options, const state::LeadStore& store, const config::Definitions& definitions,
                LeadsQuery query, WorkerPool* pool) {
  const Result<Instant> clock = ClockOfState(store);
  if (!clock.ok()) return Fail(clock.status());
  return WriteList(store, definitions, std::move(query),
                   {*options.to_list, options.target, *clock, SystemClock().Now()}, pool);
}

int Answer(const LeadsOptions& options, const state::LeadStore& store, const config::Definitions& definitions,
           LeadsQuery query) {
  Result<std::vector<std::string>> tenants = TenantsAsked(options.tenant, store, definitions);
  if (!tenants.ok()) return Fail(tenants.status());
  if (options.where && !AddRule("--where", *options.where, definitions, *tenants, &query)) return kUsage;
  if (options.segment) {
    const std::string rule = "IN SEGMENT " + rules::QuoteString(*options.segment);
    if (!AddRule("--segment", rule, definitions, *tenants, &query)) return kUsage;
  }
  PrintWarnings(query, definitions, *tenants);
  WorkerPool pool(WorkersFor(store));
  if (options.to_list) return FreezeLeads(options, store, definitions, std::move(query), &pool);
  if (options.all) {
    const Status added = AddAttributeColumns(store, definitions, &pool, &query);
    if (!added.ok()) return Fail(added);
  }
  return PrintLeads(store, definitions, query, options.format, &pool);
}

int RunLeads(const LeadsOptions& options) {
  if (Status status = CheckTarget(options.target); !status.ok()) return FailUsage(status);
  Result<ReadOptions> read = Read(options);
  if (!read.ok()) return FailUsage(read.status());
  Result<std::unique_ptr<state::LeadStore>> store = OpenStateToRead(options.state);
  if (!store.ok()) return Fail(store.status());
  Result<std::shared_ptr<const config::Definitions>> definitions = DefinitionsInState(**store);
  if (!definitions.ok()) return Fail(definitions.status());
  Result<Instant> at = AtOrClock(read->at, **store);
  if (!at.ok()) return Fail(at.status());
  return Answer(options, **store, **definitions,
                {options.tenant, {}, std::move(read->columns), std::move(read->order), read->limit, *at});
}

void DeclareWhich(CLI::App* leads, LeadsOptions* options) {
  leads->add_option("--state", options->state, "The state directory of a run, which may be going on")
      ->type_name("DIR")
      ->required();
  leads->add_option("--tenant", options->tenant, "The leads of one tenant. Without it: of all")->type_name("T");
  leads->add_option("--where", options->where, "A rule, as in segments. Without it: every lead")->type_name("RULE");
  leads->add_option("--segment", options->segment, "Who is in this segment; with --where: both must hold")
      ->type_name("ID")
      ->check(CLI::Validator(CheckSegment, ""));
  leads->add_option("--order", options->order, "Ascending, or COLUMN:desc. Without it: by tenant and lead")
      ->type_name("COLUMN");
  leads->add_option("--limit", options->limit, "The first N only")
      ->type_name("N")
      ->check(CLI::Validator(CheckLimit, ""));
  leads
      ->add_option("--at", options->at,
                   "As of when; without it the clock of the state, on Kafka that of its last commit")
      ->type_name("TIME");
}

void DeclareWhat(CLI::App* leads, LeadsOptions* options) {
  CLI::Option* to_list =
      leads->add_option("--to-list", options->to_list, "Instead of rows: records that put these leads on a static list")
          ->type_name("NAME");
  leads
      ->add_option("--columns", options->columns,
                   "Fields of rules, segments, attributes [tenant,lead,score,tier,status]")
      ->type_name("A,B,C")
      ->excludes(to_list);
  leads->add_flag("--all", options->all, "Every column, and every attribute that occurs")->excludes(to_list);
  leads
      ->add_option("--format", options->format,
                   "table; csv, for spreadsheets: what one would take for a formula has ' before it; jsonl, for "
                   "programs")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "csv", "jsonl"}).description(""))
      ->capture_default_str()
      ->excludes(to_list);
  leads
      ->add_option("--to", options->target.to,
                   "With --to-list: the end of a .jsonl file, made where it is missing; -: standard output; kafka: a "
                   "live run's topic")
      ->type_name("FILE")
      ->check(CLI::Validator(CheckRecordFile, ""))
      ->needs(to_list)
      ->capture_default_str();
  AddConfigOption(leads, &options->target.config);
}

}  // namespace

void AddLeadsCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto options = std::make_shared<LeadsOptions>();
  CLI::App* leads = program->add_subcommand("leads", "List the leads that a rule holds for");
  DeclareWhich(leads, options.get());
  DeclareWhat(leads, options.get());
  leads->footer(
      "Example:\n  leadpulse leads --state state --tenant acme --where 'score >= 20 AND sendable = true' "
      "--order score:desc --limit 10");
  subcommands->push_back({leads, [options] { return RunLeads(*options); }});
}

}  // namespace leadpulse::tools
