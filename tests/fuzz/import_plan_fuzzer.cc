// Any plan and any file: a problem, or rows that are right, wrong or skipped. The plan that is written then reads the
// file in the same way, without a question.
//
// The input: a byte of choices (definitions), a plan in YAML up to the first NUL, then the file.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/assert.h"
#include "processor/importing/importer.h"
#include "processor/importing/plan_options.h"
#include "tests/support/pieces.h"

namespace leadpulse::importing {
namespace {

const config::TenantDefinitions& Definitions(bool is_strict) {
  static const auto make = [](bool strict) {
    auto* made = new config::TenantDefinitions;
    made->strict_fields = strict;
    made->fields = {{"size", FieldType::kNumber}, {"born", FieldType::kDay},       {"since", FieldType::kDate},
                    {"vip", FieldType::kBoolean}, {"plan.name", FieldType::kText}, {"seats", FieldType::kNumber}};
    return made;
  };
  static const config::TenantDefinitions *const lax = make(false), *const strict = make(true);
  return is_strict ? *strict : *lax;
}

// What an import of the file makes of it.
struct Outcome {
  bool is_asked = false;
  std::string lines, error;
  std::vector<std::string> wrong;
  std::string plan;
};

Outcome Import(std::string_view yaml, std::string_view file, uint8_t choices) {
  Outcome outcome;
  const Result<Json> plan = PlanFromYaml(yaml);
  ImportOptions options;
  FileOptions form;
  outcome.is_asked = !plan.ok() || ReadFileOptions(*plan, &form) || ReadImportOptions(*plan, &options);
  if (outcome.is_asked) return outcome;
  options.tenant = "acme";
  options.issued_at = *ParseRfc3339("2026-03-02T09:00:00Z");
  if ((choices & 1) != 0) options.definitions = &Definitions((choices & 2) != 0);
  const auto importer = Importer::Open(leadpulse::testing::InPieces(file, std::max<size_t>(file.size(), 1)), form.csv,
                                       *ParseRfc3339("2027-01-01T00:00:00Z"), form.header_line);
  outcome.is_asked = !importer.ok() || (*importer)->Plan(options);
  if (outcome.is_asked) return outcome;
  outcome.plan = PlanToYaml(options, form, (*importer)->findings());
  for (;;) {
    const Result<const ImportedRow*> row = (*importer)->Next();
    if (!row.ok()) outcome.error = row.status().message();
    if (!row.ok() || *row == nullptr) return outcome;
    // A wrong row may stop mail.
    LP_ASSERT((*row)->wrong.has_value() || (*row)->skipped.empty() == !(*row)->records.empty());
    outcome.lines += (*row)->lines;
    if ((*row)->wrong) outcome.wrong.push_back((*row)->wrong->problem.what);
  }
}

}  // namespace
}  // namespace leadpulse::importing

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t end = std::min(input.find('\0'), input.size());
  const std::string_view file = input.substr(std::min(end + 1, input.size()));
  const auto first = leadpulse::importing::Import(input.substr(0, end), file, data[0]);
  if (first.is_asked) return 0;
  const auto again = leadpulse::importing::Import(first.plan, file, data[0]);
  LP_ASSERT(!again.is_asked);
  LP_ASSERT(first.lines == again.lines && first.wrong == again.wrong && first.error == again.error);
  return 0;
}
