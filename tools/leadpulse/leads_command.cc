// leadpulse leads: which leads a rule holds for, and what they are, as a table, CSV or JSON lines.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "processor/base/nearest.h"
#include "processor/base/text.h"
#include "tools/leadpulse/leads_query.h"
#include "tools/leadpulse/row_writers.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

struct LeadsOptions {
  std::string state;
  std::string tenant;
  std::optional<std::string> where;
  std::optional<std::string> columns;
  std::optional<std::string> order;
  std::string limit;
  std::string format = "table";
  bool all = false;
  std::string at;
};

// What the command line says by itself, before the state is looked at.
struct ReadOptions {
  std::vector<Column> columns;
  std::optional<LeadOrder> order;
  std::optional<size_t> limit;
  std::optional<Instant> at;
};

int FailUsage(const Status& status) {
  PrintError(status.message());
  return kUsage;
}

std::string CheckLimit(const std::string& text) {
  const bool is_number = !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == text.npos;
  if (is_number && text.find_first_not_of('0') != text.npos) return "";
  return "`" + text + "` is no number of leads; write a whole number from 1 on";
}

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

// Those the question is about. A tenant that nobody has heard of is a mistake, not an empty answer.
Result<std::vector<std::string>> TenantsAsked(const std::string& tenant, const state::LeadStore& store,
                                              const config::Definitions& definitions) {
  Result<std::vector<std::string>> tenants = TenantsInState(store);
  if (!tenants.ok() || tenant.empty()) return tenants;
  if (!std::ranges::binary_search(*tenants, tenant) && !definitions.tenants.contains(tenant)) {
    const std::optional<std::string> nearest = NearestName(tenant, *tenants);
    return Status::Rejected("the state has no lead of tenant " + tenant + ", nor do its definitions name it" +
                            (nearest ? "; did you mean " + *nearest + "?" : "; without --tenant all are shown"));
  }
  return std::vector<std::string>{tenant};
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

std::unique_ptr<RowWriter> MakeWriter(const std::string& format, const std::vector<Column>& columns) {
  std::vector<std::string> names;
  for (const Column& column : columns) names.push_back(column.name);
  if (format == "csv") return MakeCsvWriter(std::move(names));
  if (format == "jsonl") return MakeJsonLinesWriter(std::move(names));
  return MakeTableWriter(names);
}

// A thread a processor, but no more than there are partitions: each is passed over by one at a time.
size_t WorkersFor(const state::LeadStore& store) {
  return std::clamp<size_t>(std::thread::hardware_concurrency(), 1, store.partition_count());
}

int PrintLeads(const state::LeadStore& store, const config::Definitions& definitions, const LeadsQuery& query,
               const std::string& format, embedded::WorkerPool* pool) {
  constexpr size_t kPrintedAtOnce = 64 << 10;
  const std::unique_ptr<RowWriter> writer = MakeWriter(format, query.columns);
  std::string text;
  ExitCode printed = kDone;
  const Status status = QueryLeads(store, definitions, query, pool, [&](const std::vector<Value>& cells) {
    writer->Write(cells, &text);
    if (text.size() >= kPrintedAtOnce) printed = PrintResult(std::exchange(text, {}));
    return printed == kDone;
  });
  if (!status.ok()) return Fail(status);
  if (printed != kDone) return printed;
  writer->End(&text);
  return PrintResult(text);
}

// Where there is --all, the attributes that occur.
Status AddAttributeColumns(const state::LeadStore& store, const config::Definitions& definitions,
                           embedded::WorkerPool* pool, LeadsQuery* query) {
  query->columns = FixedColumns();
  Result<std::vector<std::string>> names = AttributesInState(store, definitions, query->tenant, pool);
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    if (name != "email") query->columns.push_back(AttributeColumn(name));
  }
  return Status::Ok();
}

int Answer(const LeadsOptions& options, const state::LeadStore& store, const config::Definitions& definitions,
           LeadsQuery query) {
  Result<std::vector<std::string>> tenants = TenantsAsked(options.tenant, store, definitions);
  if (!tenants.ok()) return Fail(tenants.status());
  if (options.where) {
    WhereRule::Checked where = WhereRule::Check(*options.where, definitions, *tenants);
    for (const std::string& warning : where.warnings) PrintError("warning: " + warning);
    for (const std::string& error : where.errors) PrintError(error);
    if (where.rule == nullptr) return kUsage;
    query.where = std::move(where.rule);
  }
  PrintWarnings(query, definitions, *tenants);
  embedded::WorkerPool pool(WorkersFor(store));
  if (options.all) {
    const Status added = AddAttributeColumns(store, definitions, &pool, &query);
    if (!added.ok()) return Fail(added);
  }
  return PrintLeads(store, definitions, query, options.format, &pool);
}

int RunLeads(const LeadsOptions& options) {
  Result<ReadOptions> read = Read(options);
  if (!read.ok()) return FailUsage(read.status());
  Result<std::unique_ptr<state::LeadStore>> store = OpenStateToRead(options.state);
  if (!store.ok()) return Fail(store.status());
  Result<std::shared_ptr<const config::Definitions>> definitions = DefinitionsInState(**store);
  if (!definitions.ok()) return Fail(definitions.status());
  Result<Instant> at = AtOrClock(read->at, **store);
  if (!at.ok()) return Fail(at.status());
  return Answer(options, **store, **definitions,
                {options.tenant, nullptr, std::move(read->columns), std::move(read->order), read->limit, *at});
}

}  // namespace

void AddLeadsCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto options = std::make_shared<LeadsOptions>();
  CLI::App* leads = program->add_subcommand("leads", "List the leads that a rule holds for");
  leads->add_option("--state", options->state, "The state directory of a run, which may be going on")
      ->type_name("DIR")
      ->required();
  leads->add_option("--tenant", options->tenant, "The leads of one tenant. Without it: of all")->type_name("T");
  leads->add_option("--where", options->where, "A rule, as in segments. Without it: every lead")->type_name("RULE");
  leads
      ->add_option("--columns", options->columns,
                   "Fields of rules, segments, attributes [tenant,lead,score,tier,status]")
      ->type_name("A,B,C");
  leads->add_flag("--all", options->all, "Every column, and every attribute that occurs");
  leads->add_option("--order", options->order, "Ascending, or COLUMN:desc. Without it: by tenant and lead")
      ->type_name("COLUMN");
  leads->add_option("--limit", options->limit, "The first N only")
      ->type_name("N")
      ->check(CLI::Validator(CheckLimit, ""));
  leads->add_option("--format", options->format, "table, csv (for spreadsheets) or jsonl (for programs)")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "csv", "jsonl"}).description(""))
      ->capture_default_str();
  leads
      ->add_option("--at", options->at,
                   "As of when; without it the clock of the state, on Kafka that of its last commit")
      ->type_name("TIME");
  leads->footer(
      "Example:\n  leadpulse leads --state state --tenant acme --where 'score >= 20 AND sendable = true' "
      "--order score:desc --limit 10");
  subcommands->push_back({leads, [options] { return RunLeads(*options); }});
}

}  // namespace leadpulse::tools
