#include "tools/leadpulse/import/import_preview.h"

#include <algorithm>
#include <optional>
#include <variant>
#include <vector>

#include "absl/strings/str_join.h"
#include "processor/base/text.h"
#include "processor/query/addresses/contact_outlook.h"
#include "tools/leadpulse/import/import_options.h"
#include "tools/leadpulse/import/import_output.h"
#include "tools/leadpulse/leads/table_writer.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

bool ChangesSomething(const state::Lead& lead, const std::vector<importing::Record>& records) {
  return std::ranges::any_of(records, [&lead](const importing::Record& record) {
    const auto* event = std::get_if<codec::Event>(&record);
    return event != nullptr ? !query::KnowsEvent(lead, *event)
                            : query::ChangesProfile(lead, std::get<codec::Command>(record));
  });
}

constexpr size_t kShownRows = 5;
constexpr size_t kLineWidth = 120;

std::string DelimiterName(char delimiter) { return delimiter == '\t' ? "tab" : Concat({"`", {&delimiter, 1}, "`"}); }

// One record in a few words.
struct InWords {
  std::string operator()(const codec::UpdateProfile& update) const {
    std::string text;
    for (const auto& [name, value] : update.set) {
      text += Concat({text.empty() ? "" : ", ", name, " ", ValueToJson(value)});
    }
    if (!update.unset.empty()) text += (text.empty() ? "unset " : "; unset ") + absl::StrJoin(update.unset, ", ");
    return text.empty() ? "nothing but the address" : text;
  }
  std::string operator()(const codec::EditTags& edit) const { return "tags " + absl::StrJoin(edit.add, ", "); }
  std::string operator()(const codec::EditLists& edit) const { return "lists " + absl::StrJoin(edit.add, ", "); }
  std::string operator()(const codec::EditCampaigns& edit) const {
    return "campaigns " + absl::StrJoin(edit.assign, ", ");
  }
  std::string operator()(const codec::SetStage& set) const { return Concat({"stage ", StageName(set.stage)}); }
  std::string operator()(const codec::Erase&) const { return "erase"; }
  std::string operator()(const codec::RecordConsent& record) const {
    return Concat({record.granted ? "consent to " : "no consent to ", record.purpose});
  }
  template <typename Other>
  std::string operator()(const Other&) const {
    return "";
  }
};

std::string EventInWords(const codec::Event& event) {
  const bool soft = event.type == EventType::kBounce && event.bounce_kind == BounceKind::kSoft;
  return Concat({soft ? "soft " : "", EventTypeName(event.type), event.machine ? " of a machine at " : " at ",
                 FormatRfc3339(event.occurred_at), event.name.empty() ? "" : ", ", event.name,
                 event.campaign_id.empty() ? "" : ", campaign ", event.campaign_id});
}

// A line for who it is, and below it one for each record.
std::string RowInWords(const importing::ImportedRow& row) {
  const auto line = [](const std::string& text) { return CutToWidth(DisplayableLine(text), kLineWidth) + "\n"; };
  const std::string begin = "  line " + std::to_string(row.row->line) + "  ";
  if (row.wrong) return line(begin + "wrong: " + InWordsOfTheLine(row.wrong->problem));
  if (row.records.empty()) return line(Concat({begin, "skipped: ", row.skipped, " is no engagement"}));
  std::string text = line(begin + std::visit([](const auto& record) { return record.key.lead; }, row.records[0]));
  for (const importing::Record& record : row.records) {
    const auto* command = std::get_if<codec::Command>(&record);
    text += line("    " + (command != nullptr ? std::visit(InWords(), command->action)
                                              : EventInWords(std::get<codec::Event>(record))));
  }
  return text;
}

// Counts what the rows would do to the leads of the state.
struct Effects {
  const state::LeadStore* store = nullptr;
  uint64_t added = 0, changing = 0, unchanging = 0;

  // `lead`: the id of the lead that gets the commands; empty: that of the records.
  Status Add(const importing::ImportedRow& row, const std::string& lead) {
    if (row.records.empty()) return Status::Ok();
    LeadKey key = std::visit([](const auto& record) { return record.key; }, row.records[0]);
    if (!lead.empty()) key.lead = lead;
    LP_ASSIGN_OR_RETURN(const std::optional<state::Lead> held, query::FindRow(*store, key));
    // A mailbox that is no lead takes events for its users.
    const bool is_event = std::holds_alternative<codec::Event>(row.records[0]);
    const bool is_known = held && (held->is_lead() || (is_event && !query::UsersOf(*held).empty()));
    ++(!is_known ? added : ChangesSomething(*held, row.records) ? changing : unchanging);
    return Status::Ok();
  }
};

std::string ColumnsTable(const importing::Importer& importer, const importing::ImportOptions& options,
                         const std::vector<std::string>& example) {
  TableWriter table({"column", "is", "first row"});
  std::string text;
  for (size_t i = 0; i < importer.columns().size(); ++i) {
    const importing::Column& column = importer.columns()[i];
    table.Write({Value(column.header), Value(importing::DescribeColumn(column, options)),
                 Value(i < example.size() ? example[i] : "")},
                &text);
  }
  table.End(&text);
  return text;
}

std::string Totals(const RowTally& tally, const Effects& effects, const AddressReport* addresses) {
  std::string text = Concat({"\n", Counted(tally.rows(), "row"), ": ", std::to_string(tally.right()), " right",
                             tally.SkippedInWords(), ", ", std::to_string(tally.wrong()), " wrong\n"});
  if (effects.store != nullptr) {
    text += Concat({"of the right ones ", std::to_string(effects.added), " of leads that are new, ",
                    std::to_string(effects.changing), " that change something, ", std::to_string(effects.unchanging),
                    " that change nothing\n"});
  }
  if (addresses != nullptr) text += "\n" + addresses->Describe();
  const std::string skipped = tally.DescribeSkipped();
  if (!skipped.empty()) text += "\nSkipped:\n" + skipped;
  if (tally.wrong() > 0) text += "\nWrong:\n" + tally.DescribeWrong();
  return text;
}

}  // namespace

Result<int> PreviewImport(const std::string& name, const importing::ImportOptions& options,
                          importing::Importer* importer, const state::LeadStore* store, AddressReport* addresses) {
  RowTally tally;
  Effects effects{store};
  std::vector<std::string> example;
  std::string shown;
  for (;;) {
    const Result<const importing::ImportedRow*> row = importer->Next();
    if (!row.ok()) return Fail(name + ": " + row.status().message());
    if (*row == nullptr) break;
    if (tally.rows() == 0) example.assign((*row)->row->cells.begin(), (*row)->row->cells.end());
    if (tally.rows() < kShownRows) shown += RowInWords(**row);
    tally.Add(**row);
    std::string lead;
    if (addresses != nullptr) {
      LP_ASSIGN_OR_RETURN(const MetAddress met, addresses->Add(**row));
      lead = met.lead;
    }
    if (store != nullptr) LP_RETURN_IF_ERROR(effects.Add(**row, lead));
  }
  const csv::CsvReader& file = importer->file();
  const std::string head =
      Concat({name, ": ", csv::EncodingName(file.encoding()), ", delimiter ", DelimiterName(file.delimiter()), "\n\n"});
  const std::string rows = "\nThe first rows, as they will be read:\n" + shown;
  return PrintResult(head + ColumnsTable(*importer, options, example) + rows + Totals(tally, effects, addresses));
}

}  // namespace leadpulse::tools
