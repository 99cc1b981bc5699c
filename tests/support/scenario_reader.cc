#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "processor/base/text.h"
#include "tests/support/scenario.h"

namespace leadpulse::testing {
namespace {

constexpr std::string_view kUsualLead = "ann@example.com";
constexpr std::string_view kDefaultBody = "    tiers: [{name: all}]\n";

class Reader {
 public:
  explicit Reader(std::string path) : path_(std::move(path)) {}

  std::vector<Scenario> Read() {
    std::ifstream file(path_);
    if (!file) Fail("cannot be opened");
    for (std::string line; std::getline(file, line);) {
      ++line_;
      if (line.empty() || TrimAsciiSpace(line).empty() || line.front() == '#') continue;
      if (line.starts_with("  ")) {
        ReadIndented(line);
      } else {
        ReadHeading(line);
      }
    }
    for (Scenario& scenario : scenarios_) {
      if (scenario.watch.empty() && scenario.lists_changes) scenario.watch = {"segments"};
      if (scenario.when.empty()) Fail("scenario without `when:`: " + scenario.title);
      if (!scenario.lists_changes && scenario.finally.empty() && scenario.counted.empty())
        Fail("a scenario that expects nothing: " + scenario.title);
    }
    return std::move(scenarios_);
  }

 private:
  [[noreturn]] void Fail(const std::string& what) const {
    std::fprintf(stderr, "%s:%d: %s\n", path_.c_str(), line_, what.c_str());
    std::abort();
  }

  Scenario& Current() {
    if (scenarios_.empty()) Fail("a line before the first `scenario:`");
    return scenarios_.back();
  }

  void ReadHeading(std::string_view line) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) Fail("expected `word:`");
    const std::string_view head = line.substr(0, colon);
    const std::string rest(TrimAsciiSpace(line.substr(colon + 1)));
    part_ = head;
    if (head == "scenario") {
      Scenario& scenario = scenarios_.emplace_back();
      scenario.file = path_;
      scenario.line = line_;
      scenario.title = rest;
    } else if (head == "timezone") {
      Current().timezone = rest;
    } else if (head == "later timezone") {
      Current().later_timezone = rest;
    } else if (head == "then") {
      Current().lists_changes = true;
    } else if (head == "watch") {
      std::istringstream words(rest);
      for (std::string word; words >> word;) Current().watch.insert(word);
    } else if (head.starts_with("segment ")) {
      Current().definitions.segments.emplace_back(head.substr(8), rest);
    } else if (head.starts_with("later segment ")) {
      Current().later.segments.emplace_back(head.substr(14), rest);
    } else if (head != "when" && head != "finally" && head != "counted" && head != "definitions" &&
               head != "later definitions") {
      Fail("unknown part `" + std::string(head) + "`");
    }
  }

  void ReadIndented(const std::string& line) {
    Scenario& scenario = Current();
    if (part_ == "definitions") {
      scenario.definitions.body += "  " + line + "\n";
    } else if (part_ == "later definitions") {
      scenario.later.body += "  " + line + "\n";
    } else if (part_ == "when") {
      ReadRows(line, &scenario.when);
    } else if (part_ == "then") {
      scenario.then.push_back(ReadExpected(line));
    } else if (part_ == "finally") {
      scenario.finally.push_back(ReadMember(line));
    } else if (part_ == "counted") {
      std::istringstream words(line);
      std::string& counted = scenario.counted.emplace_back();
      for (std::string word; words >> word;) counted += (counted.empty() ? "" : " ") + word;
    } else {
      Fail("an indented line outside `definitions:`, `when:`, `then:`, `finally:` and `counted:`");
    }
  }

  std::string TakeWord(std::istringstream* words) const {
    std::string word;
    if (!(*words >> word)) Fail("the line ends too early");
    return word;
  }

  Instant TakeInstant(std::istringstream* words) const {
    const std::string date = TakeWord(words);
    const std::string text = date + "T" + TakeWord(words) + "Z";
    const std::optional<Instant> at = ParseRfc3339(text);
    if (!at) Fail("not an instant: " + text);
    return *at;
  }

  // Removes the lead in front of a line and returns the next word. `bob:` is bob@example.com, `#7:` the lead 7, whose
  // id is not an address, `@bob:` any lead with the address bob@example.com.
  std::string TakeLead(std::istringstream* words, std::string* lead, bool* by_address = nullptr) const {
    std::string word = TakeWord(words);
    if (word.back() != ':') return word;
    std::string name = word.substr(0, word.size() - 1);
    if (by_address != nullptr && name.starts_with('@')) {
      *by_address = true;
      name.erase(0, 1);
    }
    *lead = name.starts_with('#') ? name.substr(1) : name + "@example.com";
    return TakeWord(words);
  }

  // Reads the rows of a line. `repeat N` before the verb makes N records of the line, each with its own id.
  void ReadRows(const std::string& line, std::vector<ScenarioRow>* rows) const {
    std::istringstream words(line);
    ScenarioRow row;
    row.line = line_;
    row.at = TakeInstant(&words);
    row.lead = kUsualLead;
    row.verb = TakeLead(&words, &row.lead, &row.by_address);
    int copies = 0;
    if (row.verb == "repeat") {
      copies = static_cast<int>(std::strtol(TakeWord(&words).c_str(), nullptr, 10));
      if (copies < 1) Fail("expected `repeat N verb`");
      row.verb = TakeWord(&words);
    }
    std::getline(words, row.rest);
    row.rest = TrimAsciiSpace(row.rest);
    if (copies == 0) rows->push_back(row);
    while (row.copy < copies) {
      ++row.copy;
      rows->push_back(row);
    }
  }

  ExpectedMember ReadMember(const std::string& line) const {
    std::istringstream words(line);
    ExpectedMember member;
    member.path = TakeLead(&words, &member.lead);
    std::getline(words, member.json);
    member.json = TrimAsciiSpace(member.json);
    if (member.json.empty()) Fail("expected `path JSON`");
    return member;
  }

  ExpectedChange ReadExpected(const std::string& line) const {
    std::istringstream words(line);
    ExpectedChange expected;
    expected.line = line_;
    if (TrimAsciiSpace(line).starts_with("- ")) {
      TakeWord(&words);
    } else {
      expected.at = TakeInstant(&words);
    }
    expected.lead = kUsualLead;
    expected.what = TakeLead(&words, &expected.lead);
    std::string rest;
    std::getline(words, rest);
    const size_t cause = rest.rfind(" by ");
    if (cause != std::string::npos) expected.cause = TrimAsciiSpace(rest.substr(cause + 4));
    const std::string_view arguments = TrimAsciiSpace(std::string_view(rest).substr(0, cause));
    if (!arguments.empty()) expected.what += " " + std::string(arguments);
    return expected;
  }

  const std::string path_;
  int line_ = 0;
  std::string part_;
  std::vector<Scenario> scenarios_;
};

std::string QuoteYaml(const std::string& text) {
  std::string quoted = "'";
  for (char c : text) {
    quoted += c;
    if (c == '\'') quoted += c;
  }
  return quoted + "'";
}

}  // namespace

std::string ScenarioDefinitions::ToYaml(const std::string& timezone) const {
  std::string yaml = "tenants:\n  acme:\n    timezone: " + timezone + "\n";
  yaml += body.empty() ? kDefaultBody : body;
  if (!body.empty() && body.find("tiers:") == std::string::npos) yaml += kDefaultBody;
  if (!segments.empty()) yaml += "    segments:\n";
  for (const auto& [id, rule] : segments) yaml += "      - {id: " + id + ", rule: " + QuoteYaml(rule) + "}\n";
  return yaml;
}

std::vector<Scenario> AllScenarios() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator("tests/scenarios")) {
    const std::string file = entry.path().string();
    if (entry.path().extension() == ".scenario") files.push_back(file);
  }
  std::sort(files.begin(), files.end());
  std::vector<Scenario> scenarios;
  for (const std::string& file : files) {
    for (Scenario& scenario : Reader(file).Read()) scenarios.push_back(std::move(scenario));
  }
  return scenarios;
}

}  // namespace leadpulse::testing
