#include <algorithm>
#include <iterator>
#include <sstream>

#include "tests/support/workload/experiment.h"

namespace leadpulse::workload {
namespace {

using model::Change;
using model::Json;
using model::LeadKey;

std::string Name(const LeadKey& key) { return "lead " + key.first + " / " + key.second; }

std::string Show(const Change& change) {
  std::ostringstream text;
  text << change.seq << " " << model::FormatInstant(change.at) << " " << change.kind;
  if (!change.name.empty()) text << " " << change.name;
  if (!change.updated.empty()) text << " " << change.updated;
  if (change.from != change.to) {
    text << " " << change.from << " -> " << change.to;
  }
  text << " (" << change.cause << " " << change.cause_id << ")";
  if (change.backfill) text << " backfill";
  return text.str();
}

// Prints both lists from a little before their first difference.
std::string ShowBoth(const std::vector<Change>& expected, const std::vector<Change>& got) {
  const auto parting = std::mismatch(expected.begin(), expected.end(), got.begin(), got.end());
  const size_t at = std::distance(expected.begin(), parting.first);
  const size_t from = at < 3 ? 0 : at - 3;
  std::ostringstream text;
  for (size_t i = from; i < at + 6; ++i) {
    const bool same = i < expected.size() && i < got.size() && expected[i] == got[i];
    if (same) {
      text << "    both      " << Show(got[i]) << "\n";
      continue;
    }
    if (i < expected.size()) {
      text << "    expected  " << Show(expected[i]) << "\n";
    }
    if (i < got.size()) text << "    got       " << Show(got[i]) << "\n";
  }
  return text.str();
}

template <typename Values>
std::vector<LeadKey> AllKeys(const Values& left, const Values& right) {
  std::vector<LeadKey> keys;
  for (const auto& [key, value] : left) keys.push_back(key);
  for (const auto& [key, value] : right) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

template <typename Values>
typename Values::mapped_type At(const Values& values, const LeadKey& key) {
  const auto found = values.find(key);
  return found == values.end() ? typename Values::mapped_type() : found->second;
}

std::string CompareChanges(const Outcome& expected, const Outcome& got) {
  std::string text;
  for (const LeadKey& key : AllKeys(expected.changes, got.changes)) {
    const auto wanted = At(expected.changes, key);
    const auto found = At(got.changes, key);
    if (wanted == found) continue;
    text += Name(key) + "\n" + ShowBoth(wanted, found);
  }
  return text;
}

std::string CompareDeadLetters(const Outcome& expected, const Outcome& got) {
  std::string text;
  const auto list = [&](const std::string& title, const auto& from, const auto& without) {
    std::vector<DeadLetterLine> rest;
    std::set_difference(from.begin(), from.end(), without.begin(), without.end(), std::back_inserter(rest));
    for (const auto& [file, line, reason] : rest) {
      text.append("    ").append(title).append(" ").append(file).append(":");
      text.append(std::to_string(line)).append(" ").append(reason).append("\n");
    }
  };
  list("expected", expected.dead_letters, got.dead_letters);
  list("got     ", got.dead_letters, expected.dead_letters);
  return text;
}

std::string CompareLeads(const Outcome& expected, const Outcome& got) {
  std::string text;
  for (const LeadKey& key : AllKeys(expected.leads, got.leads)) {
    const Json wanted = At(expected.leads, key);
    const Json found = At(got.leads, key);
    if (wanted == found) continue;
    text += Name(key) + "\n";
    if (!wanted.is_object() || !found.is_object()) {
      text += "    expected  " + wanted.dump() + "\n    got       " + found.dump() + "\n";
      continue;
    }
    for (const Json& step : Json::diff(wanted, found)) {
      const std::string path = step.at("path").get<std::string>();
      const Json::json_pointer pointer(path);
      text += "    " + path + " expected " + (wanted.contains(pointer) ? wanted.at(pointer).dump() : "none") + " got " +
              (found.contains(pointer) ? found.at(pointer).dump() : "none") + "\n";
    }
  }
  return text;
}

}  // namespace

Mismatch CompareOutcomes(const Outcome& expected, const Outcome& got) {
  using Kind = Mismatch::Kind;
  if (!expected.failure.empty()) {
    return {Kind::kFailure, "the model: " + expected.failure};
  }
  if (!got.failure.empty()) return {Kind::kFailure, got.failure};
  std::string text = CompareDeadLetters(expected, got);
  if (!text.empty()) return {Kind::kDeadLetters, text};
  text = CompareChanges(expected, got);
  if (!text.empty()) return {Kind::kChanges, text};
  text = CompareLeads(expected, got);
  if (!text.empty()) return {Kind::kLeads, text};
  return {};
}

}  // namespace leadpulse::workload
