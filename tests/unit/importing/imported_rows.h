// Imports the rows of a text.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "processor/importing/importer.h"

namespace leadpulse::importing {

inline csv::ReadBytes FromText(std::string_view bytes) {
  return [rest = bytes](char* buffer, size_t size) mutable {
    const size_t count = rest.copy(buffer, size);
    rest.remove_prefix(count);
    return Result<size_t>(count);
  };
}

inline ImportOptions Contacts() {
  ImportOptions options;
  options.tenant = "acme";
  options.issued_at = *ParseRfc3339("2026-03-02T09:00:00Z");
  return options;
}

inline ImportOptions Events() {
  ImportOptions options = Contacts();
  options.mode = Mode::kEvents;
  return options;
}

struct Imported {
  std::vector<codec::Record> records;
  std::vector<std::string> wrong;  // details
  std::vector<std::string> skipped;
};

inline Imported Import(std::string_view text, const ImportOptions& options) {
  Imported all;
  auto importer = Importer::Open(FromText(text), {}, *ParseRfc3339("2027-01-01T00:00:00Z"));
  const bool is_planned = importer.ok() && !(*importer)->Plan(options);
  EXPECT_TRUE(is_planned);
  if (!is_planned) return all;
  for (;;) {
    const Result<const ImportedRow*> row = (*importer)->Next();
    EXPECT_TRUE(row.ok());
    if (!row.ok() || *row == nullptr) return all;
    EXPECT_TRUE((*row)->wrong || (*row)->skipped.empty() == !(*row)->records.empty());
    EXPECT_FALSE((*row)->wrong.has_value() && !(*row)->skipped.empty());
    if (!(*row)->skipped.empty()) all.skipped.emplace_back((*row)->skipped);
    all.records.insert(all.records.end(), (*row)->records.begin(), (*row)->records.end());
    if ((*row)->wrong) all.wrong.push_back((*row)->wrong->problem.what);
  }
}

inline std::vector<std::string> IdsOf(const Imported& imported) {
  std::vector<std::string> ids;
  for (const codec::Record& record : imported.records) {
    const auto* event = std::get_if<codec::Event>(&record);
    ids.push_back(event != nullptr ? event->event_id : std::get<codec::Command>(record).command_id);
  }
  return ids;
}

}  // namespace leadpulse::importing
