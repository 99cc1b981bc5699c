// Support for tests of the definitions loader: problems as short lines that a table can hold.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions_loader.h"

namespace leadpulse::config {

// Formats problems as `4:7 tenants.t.tiers: message`, with `0:0` for the file as a whole.
inline std::vector<std::string> Lines(const std::vector<DefinitionsProblem>& problems) {
  std::vector<std::string> lines;
  for (const DefinitionsProblem& problem : problems) {
    lines.push_back(std::to_string(problem.line) + ":" + std::to_string(problem.column) + " " + problem.path + ": " +
                    problem.message);
  }
  return lines;
}

// Makes one tenant `t` with these lines, indented by four. The first of them is line 4, column 5.
inline std::string Tenant(std::string_view lines) {
  std::string yaml = "tenants:\n  t:\n    tiers: [{name: all}]\n    ";
  for (char c : lines) yaml += c == '\n' ? std::string("\n    ") : std::string(1, c);
  return yaml + "\n";
}

struct Expected {
  std::string place;  // `4:7`; empty: anywhere
  std::string part;   // a part of path and message
};

// Expects exactly these problems, in this order.
inline void ExpectProblems(const std::vector<DefinitionsProblem>& problems, const std::vector<Expected>& expected,
                           const std::string& yaml) {
  const std::vector<std::string> lines = Lines(problems);
  bool same = lines.size() == expected.size();
  for (size_t i = 0; same && i < lines.size(); ++i) {
    same = (expected[i].place.empty() || lines[i].starts_with(expected[i].place + " ")) &&
           lines[i].find(expected[i].part) != std::string::npos;
  }
  std::string wanted;
  for (const Expected& problem : expected) wanted += "  " + problem.place + " … " + problem.part + "\n";
  EXPECT_TRUE(same) << "of\n" << yaml << "\nexpected\n" << wanted << "found\n" << ::testing::PrintToString(lines);
}

inline std::shared_ptr<const Definitions> MustLoad(std::string_view yaml) {
  LoadedDefinitions loaded = LoadDefinitions(yaml);
  EXPECT_THAT(Lines(loaded.errors), ::testing::IsEmpty()) << yaml;
  if (loaded.definitions == nullptr) throw std::runtime_error("the definitions do not load");
  return loaded.definitions;
}

}  // namespace leadpulse::config
