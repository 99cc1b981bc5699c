// leadpulse leads: lists the leads that match a rule, as a table, CSV or JSON lines.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>

#include "config/definitions.h"
#include "processor/base/clock.h"
#include "processor/base/displayable.h"
#include "processor/base/status.h"
#include "processor/base/text.h"
#include "processor/base/worker_pool.h"
#include "processor/crypto/digests.h"
#include "processor/query/leads/leads_query.h"
#include "processor/query/leads/row_text.h"
#include "processor/query/search/search_rule.h"
#include "processor/rules/language/vocabulary.h"
#include "state/store/lead_store.h"
#include "tools/leadpulse/leads/table_writer.h"
#include "tools/leadpulse/made_record.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/record_files.h"
#include "tools/leadpulse/record_target.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

struct ListToWrite {
  std::string name;
  RecordTarget target;
  Instant clock;  // the state's clock
  Instant now;
};

codec::Command AddToList(const LeadKey& key, const ListToWrite& list, const std::string& actor) {
  crypto::StableId id("freeze");
  for (const std::string& part : {FormatRfc3339(list.clock), list.name, key.tenant, key.lead}) id.Add(part);
  codec::Command command{key, id.Take(), TimeOfRecordsFor(list.clock, list.now), actor, false, {}};
  command.actions = codec::EditLists{{list.name}, {}};
  return command;
}

bool IsOn(const std::string& folded_list, const Value& lists) {
  return std::ranges::any_of(std::get<ScalarList>(lists),
                             [&](const Scalar& one) { return EqualsFolded(std::get<std::string>(one), folded_list); });
}

// Rejects a name of a list that no command can use; the message is the decoder's.
Status CheckListName(const std::string& name, Instant now) {
  return RecordLine(AddToList({"tenant", "lead"}, {name, {}, now, now}, ""), now).status();
}

// Writes a command for each lead of the query that is not on the list yet, and prints their number on standard error.
// The ids of the commands are hashes of clock, list, tenant and lead, so a repeated freeze gives duplicates. Ignores
// the query's columns. Returns an ExitCode.
Result<int> WriteList(const state::LeadReader& store, const config::Definitions& definitions, query::LeadsQuery query,
                      const ListToWrite& list, WorkerPool* pool) {
  query.columns = *query::ParseColumns("tenant,lead,lists");
  const std::string actor = LoginName();
  const std::string folded = FoldCase(list.name);
  const auto output = OpenRecords(list.target);
  if (!output.ok()) return FailByKind(output.status());
  uint64_t put_on = 0;
  uint64_t already = 0;
  Status written;
  const auto ended = query::QueryLeads(store, definitions, query, pool, [&](const query::ListedLead& lead) {
    const LeadKey key{std::get<std::string>(lead.cells[0]), std::get<std::string>(lead.cells[1])};
    if (IsOn(folded, lead.cells[2])) return ++already > 0;
    const codec::Command command = AddToList(key, list, actor);
    const Result<std::string> record = RecordLine(command, list.now);
    written = record.ok() ? (*output)->Write(command, *record) : record.status();
    ++put_on;
    return written.ok();
  });
  LP_RETURN_IF_ERROR(ended.status());
  LP_RETURN_IF_ERROR(written);
  LP_RETURN_IF_ERROR((*output)->Close());
  PrintToStandardError(list.name + ": " + std::to_string(put_on) + " put on it, " + std::to_string(already) +
                       " on it already\n");
  return kDone;
}

struct LeadsOptions {
  std::string state;
  std::string tenant;
  std::optional<std::string> where;
  std::optional<std::string> search;
  std::optional<std::string> segment;
  std::optional<std::string> columns;
  std::optional<std::string> order;
  std::string limit;
  std::string format = "table";
  bool all = false;
  bool quiet = false;
  std::string at;
  std::optional<std::string> to_list;
  RecordTarget target{kToStandardOutput, ""};
};

std::string CheckLimit(const std::string& text) {
  const bool is_number = !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == text.npos;
  if (is_number && text.find_first_not_of('0') != text.npos) return "";
  return "`" + text + "` is no number of leads; write a whole number from 1 on";
}

// Parses COLUMN, COLUMN:asc or COLUMN:desc; a name with a colon stands in backquotes.
Result<query::LeadOrder> ParseOrder(const std::string& text) {
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
  Result<query::Column> column = query::ParseColumn(name);
  if (!column.ok()) return Status::Rejected("--order: " + column.status().message());
  return query::LeadOrder{std::move(*column), descending};
}

// Reads the query without its time and its rules, before the state is opened.
Result<query::LeadsQuery> Read(const LeadsOptions& options) {
  query::LeadsQuery query{.tenant = options.tenant, .columns = query::DefaultColumns(), .at = Instant{}};
  if (options.where) LP_RETURN_IF_ERROR(query::WhereRule::CheckSyntax(*options.where));
  if (options.search) {
    const Status syntax = query::CheckSearchSyntax(*options.search);
    if (!syntax.ok()) return Status::Rejected("--search, " + syntax.message());
  }
  if (options.to_list) LP_RETURN_IF_ERROR(CheckListName(*options.to_list, SystemClock().Now()));
  if (options.columns && options.all) return Status::Rejected("--all shows every column; leave out --columns");
  if (options.columns) {
    Result<std::vector<query::Column>> columns = query::ParseColumns(*options.columns);
    if (!columns.ok()) return Status::Rejected("--columns: " + columns.status().message());
    query.columns = std::move(*columns);
  }
  if (options.order) {
    LP_ASSIGN_OR_RETURN(query.order, ParseOrder(*options.order));
  }
  if (!options.limit.empty()) query.limit = std::stoull(options.limit);
  return query;
}

void PrintWarnings(const query::LeadsQuery& query, const config::Definitions& definitions,
                   const std::vector<std::string>& tenants) {
  std::vector<const config::TenantDefinitions*> of_tenants;
  for (const std::string& tenant : tenants) of_tenants.push_back(&definitions.For(tenant));
  std::vector<query::Column> named = query.columns;
  if (query.order) named.push_back(query.order->column);
  std::string last;
  for (const query::Column& column : named) {
    const std::string warning = query::WarningAbout(column, of_tenants);
    if (!warning.empty() && warning != last) PrintError("warning: " + warning);
    last = warning;
  }
}

// Reports how many leads there are, if the limit has left out some.
Status ReportLimit(const state::LeadReader& store, const config::Definitions& definitions, query::LeadsQuery query,
                   size_t shown, WorkerPool* pool) {
  if (!query.limit || shown < *query.limit) return Status::Ok();
  query.limit.reset();
  query.order.reset();
  query.columns.clear();
  size_t all = 0;
  const auto ended = query::QueryLeads(store, definitions, query, pool, [&all](const query::ListedLead&) {
    ++all;
    return true;
  });
  if (ended.ok() && all > shown) {
    PrintToStandardError(
        Concat({GroupDigits(shown), " of ", GroupDigits(all), " leads; --limit leaves out the others\n"}));
  }
  return ended.status();
}

Result<int> PrintLeads(const state::LeadReader& store, const config::Definitions& definitions,
                       const query::LeadsQuery& query, const LeadsOptions& options, WorkerPool* pool) {
  constexpr size_t kPrintedAtOnce = 64 << 10;
  std::vector<std::string> names;
  for (const query::Column& column : query.columns) names.push_back(column.name);
  const std::optional<query::RowFormat> rows = query::ParseRowFormat(options.format);  // nullopt: a table
  TableWriter table(names);
  std::string text;
  if (rows) query::AppendHeader(*rows, names, &text);
  ExitCode printed = kDone;
  size_t shown = 0;
  const auto ended = query::QueryLeads(store, definitions, query, pool, [&](const query::ListedLead& lead) {
    ++shown;
    rows ? query::AppendRow(*rows, names, lead.cells, &text) : table.Write(lead.cells, &text);
    if (text.size() >= kPrintedAtOnce) printed = PrintData(std::exchange(text, {}));
    return printed == kDone;
  });
  if (!ended.ok()) return Fail(ended.status());
  if (printed != kDone) return printed;
  if (!rows) table.End(&text);
  printed = PrintData(text);
  if (printed == kDone && !options.quiet) LP_RETURN_IF_ERROR(ReportLimit(store, definitions, query, shown, pool));
  return printed;
}

// Adds the attributes that leads have, for --all.
Status AddAttributeColumns(const state::LeadReader& store, const config::Definitions& definitions, WorkerPool* pool,
                           query::LeadsQuery* query) {
  query->columns = query::FixedColumns();
  LP_ASSIGN_OR_RETURN(auto names, query::AttributesInState(store, definitions, query->tenant, pool));
  for (const std::string& name : names) {
    if (name != "email") query->columns.push_back(query::AttributeColumn(name));
  }
  return Status::Ok();
}

// Adds a rule that must hold. False: the rule is wrong, and the errors have been printed.
bool AddRule(const std::string& option, const std::string& rule, const config::Definitions& definitions,
             const std::vector<std::string>& tenants, query::LeadsQuery* query) {
  query->wheres.push_back(CheckWhere(rule, definitions, tenants, option));
  return query->wheres.back() != nullptr;
}

// Adds a search that must hold. Prints its rule, unless `quiet`. False: it is wrong, and the errors have been printed.
bool AddSearch(const std::string& search, const config::Definitions& definitions,
               const std::vector<std::string>& tenants, bool quiet, query::LeadsQuery* query) {
  query::SearchedLeads searched = query::CheckSearch(search, definitions, tenants);
  for (const std::string& warning : searched.warnings) PrintWarning(warning);
  for (const std::string& error : searched.errors) PrintError(error);
  if (!searched.errors.empty()) return false;
  if (!quiet) {
    for (const std::string& rule : searched.understood) PrintError("searched for " + DisplayableLine(rule));
  }
  if (searched.rule != nullptr) query->wheres.push_back(std::move(searched.rule));
  return true;
}

Result<int> FreezeLeads(const LeadsOptions& options, const state::LeadReader& store,
                        const config::Definitions& definitions, query::LeadsQuery query, WorkerPool* pool) {
  LP_ASSIGN_OR_RETURN(const Instant clock, query::ClockOfState(store));
  return WriteList(store, definitions, std::move(query), {*options.to_list, options.target, clock, SystemClock().Now()},
                   pool);
}

Result<int> Answer(const LeadsOptions& options, const state::LeadReader& store, const config::Definitions& definitions,
                   query::LeadsQuery query) {
  LP_ASSIGN_OR_RETURN(std::vector<std::string> tenants, query::TenantsAsked(options.tenant, store, definitions));
  if (options.where && !AddRule("--where", *options.where, definitions, tenants, &query)) return kUsage;
  if (options.search && !AddSearch(*options.search, definitions, tenants, options.quiet, &query)) return kUsage;
  if (options.segment) {
    const std::string rule = "IN SEGMENT " + rules::QuoteString(*options.segment);
    if (!AddRule("--segment", rule, definitions, tenants, &query)) return kUsage;
  }
  PrintWarnings(query, definitions, tenants);
  WorkerPool pool(query::WorkersFor(store));
  if (options.to_list) return FreezeLeads(options, store, definitions, std::move(query), &pool);
  if (options.all) {
    const Status added = AddAttributeColumns(store, definitions, &pool, &query);
    if (!added.ok()) return Fail(added);
  }
  return PrintLeads(store, definitions, query, options, &pool);
}

Result<int> RunLeads(const LeadsOptions& options) {
  if (Status status = CheckTarget(options.target); !status.ok()) return FailUsage(status);
  const Result<std::optional<Instant>> at = ParseAt(options.at);
  if (!at.ok()) return FailUsage(at.status());
  Result<query::LeadsQuery> query = Read(options);
  if (!query.ok()) return FailUsage(query.status());
  LP_ASSIGN_OR_RETURN(std::unique_ptr<state::LeadStore> store, query::OpenStateToRead(options.state, PrintWarning));
  LP_ASSIGN_OR_RETURN(const auto definitions, query::DefinitionsInState(*store, PrintWarning));
  LP_ASSIGN_OR_RETURN(query->at, query::AtOrClock(*at, *store, PrintWarning));
  return Answer(options, *store, *definitions, std::move(*query));
}

void DeclareWhich(CLI::App* leads, LeadsOptions* options) {
  AddStateToRead(leads, &options->state);
  Add(leads, "--tenant", &options->tenant, "T", "The leads of one tenant. Without it: of all");
  Add(leads, "--where", &options->where, "RULE", "A rule, as in segments. Without it: every lead");
  Add(leads, "--search", &options->search, "TEXT",
      "Terms as in a search bar: industry:SaaS 'score>5' -tag:cold acme; with --where: both must hold");
  leads->add_flag("--quiet", options->quiet,
                  "Print neither the rule that --search was understood as, nor how many leads there are");
  Add(leads, "--segment", &options->segment, "ID", "Who is in this segment; with --where: both must hold")
      ->check(NotEmpty("is empty; give the id of a segment"));
  Add(leads, "--order", &options->order, "COLUMN", "Ascending, or COLUMN:desc. Without it: by tenant and lead");
  Add(leads, "--limit", &options->limit, "N", "The first N only")->check(Check(CheckLimit));
  AddAt(leads, &options->at);
}

void DeclareWhat(CLI::App* leads, LeadsOptions* options) {
  CLI::Option* to_list = Add(leads, "--to-list", &options->to_list, "NAME",
                             "Instead of rows: records that put these leads on a static list");
  Add(leads, "--columns", &options->columns, "A,B,C",
      "Fields of rules, segments, attributes [tenant,lead,score,tier,status]")
      ->excludes(to_list);
  leads->add_flag("--all", options->all, "Every column, and every attribute that occurs")->excludes(to_list);
  AddChoice(leads, "--format", &options->format, "FORMAT", {"table", "csv", "jsonl"},
            "table; csv, for spreadsheets: what one would take for a formula has ' before it; jsonl, for programs")
      ->excludes(to_list);
  Add(leads, "--to", &options->target.to, "FILE",
      "With --to-list: the end of a .jsonl file, created if it is missing; -: standard output; kafka: a live run's "
      "topic")
      ->check(Check(CheckRecordFile))
      ->needs(to_list)
      ->capture_default_str();
  AddConfigOption(leads, &options->target.config);
}

}  // namespace

void AddLeadsCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto [leads, options] =
      AddSubcommand(program, "leads", "List the leads that a rule holds for", RunLeads, subcommands);
  DeclareWhich(leads, options.get());
  DeclareWhat(leads, options.get());
  leads->footer(
      "Example:\n  leadpulse leads --state state --tenant acme --where 'score >= 20 AND sendable = true' "
      "--order score:desc --limit 10");
}

}  // namespace leadpulse::tools
