// Compares the topics of a real cluster with the model.   live_model DEFINITIONS PARTITIONS END <records
//
// DEFINITIONS: the processes' file, which must be the same as LiveDefinitions(). END: the instant until which timed
// changes were published, in milliseconds since 1970. live_topics.h describes the records. Exits with 0 and a summary
// line, or with 1 and the first difference of each lead.

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>

#include "config/definitions_loader.h"
#include "tests/kafka/deduced_input.h"
#include "tests/kafka/live_definitions.h"
#include "tests/kafka/live_topics.h"
#include "tests/kafka/published.h"

namespace leadpulse::testing {
namespace {

std::string Judge(const LiveTopics& topics, const Published& published, const DefinitionsVersion& version,
                  Instant end) {
  std::string problem;
  workload::Outcome expected;
  for (uint32_t p = 0; p < topics.partitions; ++p) {
    DeducedInput input(topics, published, PartitionId{p}, version.definitions, end);
    problem += input.problem();
    const auto epochs = published.epochs.find(PartitionId{p});
    if (epochs == published.epochs.end()) continue;
    problem += ReplayPartition(&input, {version}, PartitionId{p}, epochs->second, end, &expected);
  }
  problem += CheckSources(published, [&](const LogId& log, int64_t offset) { return topics.RecordAt(log, offset); });
  return problem + workload::CompareOutcomes(expected, published.outcome).text;
}

int Run(const char* definitions_path, const char* partitions, const char* end) {
  std::ifstream file(definitions_path);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const DefinitionsVersion version{LiveDefinitions(), config::LoadDefinitions(text).definitions};
  if (version.loaded == nullptr) {
    std::cout << definitions_path << " cannot be loaded\n";
    return 1;
  }
  std::string problem;
  const LiveTopics topics =
      ReadLiveTopics(&std::cin, static_cast<uint32_t>(std::strtoul(partitions, nullptr, 10)), &problem);
  const Published published = ReadPublished(
      topics.partitions, [&](const LogId& log) -> const PartitionLog& { return topics.logs.at(log); }, &problem);
  if (problem.empty()) problem = Judge(topics, published, version, Instant{std::strtoll(end, nullptr, 10)});
  if (!problem.empty()) {
    std::cout << problem;
    return 1;
  }
  std::cout << topics.records.size() << " records, " << published.outcome.leads.size() << " leads, "
            << published.changes.size() << " changes, " << published.outcome.dead_letters.size() << " dead letters\n";
  return 0;
}

}  // namespace
}  // namespace leadpulse::testing

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "live_model DEFINITIONS PARTITIONS END <records\n";
    return 2;
  }
  return leadpulse::testing::Run(argv[1], argv[2], argv[3]);
}
