// A parser of a metrics page for counters and gauges, as strict as Prometheus' own.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>

namespace leadpulse {

struct ParsedFamily {
  std::string help;
  std::string type;
  std::map<std::string, double> samples;  // by the text in the braces
};

// Returns families by name. Throws if a line is invalid, a family comes twice or a sample has no family above it.
inline std::map<std::string, ParsedFamily> ParseMetrics(const std::string& page) {
  static const std::regex kHelp("# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)");
  static const std::regex kType("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge)");
  static const std::regex kSample(
      R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:\\.|[^"\\])*",?)*)\})? (\S+))re");
  std::map<std::string, ParsedFamily> families;
  std::string current;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    std::smatch parts;
    if (std::regex_match(line, parts, kHelp)) {
      current = parts[1];
      if (!families.emplace(current, ParsedFamily{parts[2], "", {}}).second) throw std::runtime_error("twice: " + line);
    } else if (std::regex_match(line, parts, kType) && parts[1] == current && families[current].samples.empty()) {
      families[current].type = parts[2];
    } else if (std::regex_match(line, parts, kSample) && parts[1] == current && !families[current].type.empty()) {
      families[current].samples[parts[2]] = std::stod(parts[3]);
    } else {
      throw std::runtime_error("no line of a metrics page: " + line);
    }
  }
  return families;
}

// Expects these lines in the tables of processor/kafka/METRICS.md; after a failure, copy them there.
template <typename Row>
void ExpectOnMetricsPage(std::span<const Row> rows) {
  std::string table;
  for (const Row& row : rows) table += "| `" + std::string(row.name) + "` | " + std::string(row.help) + " |\n";
  std::ifstream file("processor/kafka/METRICS.md");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_NE(text.find(table), std::string::npos) << table;
}

}  // namespace leadpulse
