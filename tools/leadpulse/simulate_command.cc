// leadpulse simulate: makes up histories, for load tests and for trying definitions.
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/record_files.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/simulate/history.h"

namespace leadpulse::tools {
namespace {

using simulate::HistoryOptions;

struct SimulateLine {
  HistoryOptions history;
  std::string start = "2024-01-01";
  std::string distribution = "zipf";
  double out_of_order = 0.02, duplicates = 0.005, machine = 0.08, bad = 0;
  std::string output = kToStandardOutput;
  bool quiet = false;
};

uint64_t PerMillion(double rate) { return static_cast<uint64_t>(std::llround(rate * simulate::kMillion)); }

Result<HistoryOptions> OptionsOf(const SimulateLine& line) {
  HistoryOptions options = line.history;
  options.start = ParseUntil(line.start).value_or(options.start);
  options.distribution =
      line.distribution == "uniform" ? simulate::Distribution::kUniform : simulate::Distribution::kZipf;
  options.out_of_order_per_million = PerMillion(line.out_of_order);
  options.duplicates_per_million = PerMillion(line.duplicates);
  options.machine_per_million = PerMillion(line.machine);
  options.bad_per_million = PerMillion(line.bad);
  if (options.tenants > options.leads) {
    return Status::Rejected("--tenants is more than --leads; each tenant has at least one lead");
  }
  return options;
}

std::string DescribeSpan(const HistoryOptions& options) {
  return "from " + FormatRfc3339(options.start) + " to " +
         FormatRfc3339(options.start + std::chrono::days(options.days));
}

// Returns how many records were written.
Result<uint64_t> WriteHistory(const HistoryOptions& options, codec::RecordSink* sink) {
  simulate::History history(options);
  codec::Record record;
  uint64_t count = 0;
  for (; history.Next(&record); ++count) LP_RETURN_IF_ERROR(sink->Write(record));
  LP_RETURN_IF_ERROR(sink->Close());
  return count;
}

Result<int> Simulate(const SimulateLine& line) {
  Result<HistoryOptions> options = OptionsOf(line);
  if (!options.ok()) return FailUsage(options.status());
  if (!line.quiet && options->start + std::chrono::days(options->days) > SystemClock().Now()) {
    PrintError("warning: the history goes " + DescribeSpan(*options) +
               "; `run` takes no records from the future, so choose an earlier --start");
  }
  const auto sink = CreateRecordFile(line.output);
  if (!sink.ok()) return FailByKind(sink.status());
  LP_ASSIGN_OR_RETURN(const uint64_t count, WriteHistory(*options, sink->get()));
  if (!line.quiet) {
    std::fprintf(stderr, "%s records of %s leads %s\n", std::to_string(count).c_str(),
                 std::to_string(options->leads).c_str(), DescribeSpan(*options).c_str());
  }
  return kDone;
}

std::string CheckStart(const std::string& text) {
  const std::optional<Instant> start = ParseUntil(text);
  if (!start.has_value()) return "`" + text + "` is no time; write 2024-01-01 or 2024-01-01T09:30:00Z";
  const Instant first = *ParseUntil("2000-01-01"), last = *ParseUntil("2200-01-01");
  return *start < first || *start > last ? "`" + text + "` is not between 2000 and 2200" : "";
}

void AddRate(CLI::App* simulate, const char* name, double* rate, const char* help) {
  simulate->add_option(name, *rate, help)
      ->type_name("RATE")
      ->capture_default_str()
      ->check(Unnamed(CLI::Range(0.0, 1.0)));
}

void DeclareOptions(CLI::App* simulate, SimulateLine* line) {
  const auto add = [simulate](const char* name, auto* value, const char* type, const char* help) {
    return simulate->add_option(name, *value, help)->type_name(type)->capture_default_str();
  };
  add("--leads", &line->history.leads, "N", "How many leads there are at the end")
      ->check(Unnamed(CLI::Range(uint64_t{1}, simulate::kMaxLeads)));
  add("--days", &line->history.days, "N", "How many days of them")
      ->check(Unnamed(CLI::Range(uint32_t{1}, simulate::kMaxDays)));
  add("--seed", &line->history.seed, "N", "Another number: other leads, other histories")
      ->check(Check(CheckWholeNumber));
  add("--start", &line->start, "TIME", "When it begins: a day (UTC) or RFC 3339")->check(Check(CheckStart));
  add("--tenants", &line->history.tenants, "N", "Among how many tenants the leads are divided")
      ->check(Unnamed(CLI::Range(uint32_t{1}, simulate::kMaxTenants)));
  add("--distribution", &line->distribution, "NAME", "zipf: few leads do most; uniform: all are alike")
      ->check(Unnamed(CLI::IsMember({"zipf", "uniform"})));
  AddRate(simulate, "--out-of-order", &line->out_of_order, "Share of events that arrive late, by seconds to days");
  AddRate(simulate, "--duplicates", &line->duplicates, "Share of records that arrive twice");
  AddRate(simulate, "--machine", &line->machine, "Share of leads whose mail a program opens; some follow links, too");
  AddRate(simulate, "--bad", &line->bad, "Records that `run` cannot use, added, as a share of all");
  add("--output", &line->output, "FILE", "A new .jsonl or .pb, also .gz or .zst; -: standard output, as JSONL")
      ->check(Check(CheckNewRecordFile));
  simulate->add_flag("--quiet", line->quiet, "Nothing on standard error but errors");
}

}  // namespace

void AddSimulateCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto [simulate, line] =
      AddSubcommand(program, "simulate", "Make up believable histories, of any size", Simulate, subcommands);
  DeclareOptions(simulate, line.get());
  simulate->footer(
      "Mailings with what follows them, visits, orders, and what a CRM decides, in the order in which they would\n"
      "arrive. The same arguments give the same bytes on every machine (compressed: with the same library).\n"
      "\n"
      "Examples:\n"
      "  leadpulse simulate --leads 10000 --days 90 | leadpulse run --input - --state state --output out\n"
      "  leadpulse simulate --leads 1000000 --days 365 --seed 7 --output load.pb.zst\n"
      "\n"
      "Exit codes: 0 done; 1 the output cannot be written; 2 wrong usage.");
}

}  // namespace leadpulse::tools
