// A parser of a metrics page, as strict as Prometheus' own.
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
  // By the text in the braces; of a histogram, by the rest of the name, a space, and that text.
  std::map<std::string, double> samples;
};

// Returns families by name. Throws if a line is invalid, a family comes twice or a sample has no family above it.
inline std::map<std::string, ParsedFamily> ParseMetrics(const std::string& page) {
  static const std::regex kHelp("# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)");
  static const std::regex kType("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)");
  static const std::regex kSample(
      R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:\\.|[^"\\])*",?)*)\})? (\S+))re");
  static const std::regex kOfHistogram("(.+)(_bucket|_sum|_count)");
  std::map<std::string, ParsedFamily> families;
  std::string current;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    std::smatch parts, of_histogram;
    if (std::regex_match(line, parts, kHelp)) {
      current = parts[1];
      if (!families.emplace(current, ParsedFamily{parts[2], "", {}}).second) throw std::runtime_error("twice: " + line);
    } else if (std::regex_match(line, parts, kType) && parts[1] == current && families[current].samples.empty()) {
      families[current].type = parts[2];
    } else if (std::regex_match(line, parts, kSample) && !families[current].type.empty()) {
      ParsedFamily& family = families[current];
      const std::string name = parts[1];
      std::string key = parts[2];
      if (family.type == "histogram" && std::regex_match(name, of_histogram, kOfHistogram)) {
        key = std::string(of_histogram[2]) + " " + key;
      }
      const std::string of_family = of_histogram.empty() ? name : std::string(of_histogram[1]);
      if (of_family != current) throw std::runtime_error("not of " + current + ": " + line);
      family.samples[key] = std::stod(parts[3]);
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
