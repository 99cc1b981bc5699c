#include "tools/leadpulse/import/import_preview.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_join.h"
#include "config/yaml_tree.h"
#include "processor/base/durable_files.h"
#include "processor/base/text.h"
#include "processor/importing/lead_effects.h"
#include "processor/query/addresses/contact_outlook.h"
#include "processor/query/state_access.h"
#include "tools/leadpulse/import/address_report.h"
#include "tools/leadpulse/import/opened_import.h"
#include "tools/leadpulse/import/row_report.h"
#include "tools/leadpulse/leads/table_writer.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

std::string DelimiterInWords(char delimiter) {
  return delimiter == '\t' ? "tab" : Concat({"`", importing::DelimiterName(delimiter), "`"});
}

bool ChangesSomething(const state::Lead& lead, const config::TenantDefinitions& definitions,
                      const std::vector<codec::Record>& records) {
  return std::ranges::any_of(records, [&](const codec::Record& record) {
    const auto* event = std::get_if<codec::Event>(&record);
    return event != nullptr ? !query::KnowsEvent(lead, *event)
                            : query::ChangesProfile(lead, std::get<codec::Command>(record), definitions);
  });
}

constexpr size_t kShownRows = 2;
// Of more columns than these that are left out, the first few are named: nobody reads three hundred names.
constexpr size_t kShownNames = 12, kFirstNames = 6;
constexpr size_t kLineWidth = 120;

// A visitor that describes one record in a few words.
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
  std::string operator()(const codec::SetDoNotContact& set) const {
    return set.value ? "do not contact" : "may be contacted";
  }
  std::string operator()(const codec::Erase&) const { return "erase"; }
  std::string operator()(const codec::AssignAgent& assign) const { return "agent " + assign.agent_id; }
  std::string operator()(const codec::AddNote& note) const { return "note: " + note.text; }
  std::string operator()(const codec::RecordConsent& record) const {
    return Concat({record.granted ? "consent to " : "no consent to ", record.purpose, record.at ? " at " : "",
                   record.at ? FormatRfc3339(*record.at) : ""});
  }
  template <typename Other>
  std::string operator()(const Other&) const {
    return "";
  }
};

std::string EventInWords(const codec::Event& event) {
  const bool soft = event.type == EventType::kBounce && event.bounce_kind == BounceKind::kSoft;
  return Concat({soft ? "soft " : "", EventTypeName(event.type), event.topic.empty() ? "" : " of ", event.topic,
                 event.machine ? " of a machine at " : " at ", FormatRfc3339(event.occurred_at),
                 event.name.empty() ? "" : ", ", event.name, event.campaign_id.empty() ? "" : ", campaign ",
                 event.campaign_id});
}

// Returns a line with the lead's id, and below it one for each record.
std::string RowInWords(const importing::ImportedRow& row) {
  const auto line = [](const std::string& text) { return CutToWidth(DisplayableLine(text), kLineWidth) + "\n"; };
  const std::string begin = "  line " + std::to_string(row.row->line) + "  ";
  if (row.wrong) return line(begin + "wrong: " + importing::AllInWords(*row.wrong, InWordsOfTheLine));
  if (row.records.empty()) return line(Concat({begin, "skipped: ", row.skipped}));
  std::string text = line(begin + std::visit([](const auto& record) { return record.key.lead; }, row.records[0]));
  for (const codec::Record& record : row.records) {
    const auto* command = std::get_if<codec::Command>(&record);
    text += line("    " + (command != nullptr ? std::visit(InWords(), *command->actions.begin())
                                              : EventInWords(std::get<codec::Event>(record))));
  }
  return text;
}

// Counts of how the rows would change the leads of the state.
struct Effects {
  const state::LeadStore* store = nullptr;
  const config::TenantDefinitions* definitions = nullptr;
  importing::LeadEffects leads = {};

  // Counts a row. `lead`: the id of the lead that gets the commands; empty: that of the records.
  Status Add(const importing::ImportedRow& row, const std::string& lead) {
    if (row.records.empty()) return Status::Ok();
    LeadKey key = std::visit([](const auto& record) { return record.key; }, row.records[0]);
    if (!lead.empty()) key.lead = lead;
    LP_ASSIGN_OR_RETURN(const std::optional<state::Lead> held, query::FindRow(*store, key));
    // A mailbox that is no lead takes events for its users.
    const bool is_event = std::holds_alternative<codec::Event>(row.records[0]);
    const bool is_known = held && (held->is_lead() || (is_event && !query::UsersOf(*held).empty()));
    using importing::Effect;
    const bool changes = is_known && ChangesSomething(*held, *definitions, row.records);
    leads.Add(key.lead, !is_known ? Effect::kNew : changes ? Effect::kChanged : Effect::kUnchanged);
    return Status::Ok();
  }
};

// Splits a text at spaces into lines of at most `width` columns; a longer word is a line of its own.
std::vector<std::string> WrapAtWords(std::string_view text, size_t width) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::string& last = lines.back();
    if (!last.empty() && DisplayWidth(last) + 1 + DisplayWidth(word) > width) {
      lines.emplace_back(word);
    } else {
      last += Concat({last.empty() ? "" : " ", word});
    }
  }
  return lines;
}

// Whether the findings say that cells of the column stop mail.
bool StopsMail(const importing::Column& column, const std::vector<importing::Finding>& findings) {
  return std::ranges::any_of(findings, [&](const importing::Finding& finding) {
    return finding.column == column.header && LeavesOutWhoGetsNoMail(finding);
  });
}

// Returns a table of the columns that are used, and below it those that are left out, by why. Those that only stop mail
// have been listed before.
std::string ColumnsTable(const importing::Importer& importer, const importing::ImportOptions& options,
                         const std::vector<std::string>& example) {
  TableWriter table({"column", "is", "first row"});
  std::string text;
  std::vector<std::pair<std::string, std::vector<std::string>>> left_out;  // why, and the names
  for (size_t i = 0; i < importer.columns().size(); ++i) {
    const importing::Column& column = importer.columns()[i];
    const std::string described = importing::DescribeColumn(column, options);
    if (column.meaning == importing::Meaning::kLeftOut) {
      if (StopsMail(column, importer.findings())) continue;
      const auto known =
          std::ranges::find(left_out, described, &std::pair<std::string, std::vector<std::string>>::first);
      std::vector<std::string>& names =
          known != left_out.end() ? known->second : left_out.emplace_back(described, std::vector<std::string>()).second;
      names.push_back(column.header);
      continue;
    }
    const auto is = WrapAtWords(DisplayableLine(described), TableWriter::kMaxCellWidth);
    table.Write({Value(column.header), Value(is.front()), Value(i < example.size() ? example[i] : "")}, &text);
    for (size_t line = 1; line < is.size(); ++line) table.Write({Value(""), Value(is[line]), Value("")}, &text);
  }
  table.End(&text);
  for (const auto& [described, names] : left_out) {
    std::string few;
    for (size_t i = 0; i < names.size() && (names.size() <= kShownNames || i < kFirstNames); ++i) {
      few += (few.empty() ? "" : ", ") + names[i];
    }
    if (names.size() > kShownNames) few += Concat({" and ", GroupDigits(names.size() - kFirstNames), " others"});
    text += DisplayableLine(Concat({described, ": ", few})) + "\n";
  }
  return text;
}

// Returns what may be done about wrong rows besides correcting them.
std::string WaysOutOfWrong(const ImportLine& line, const RowTally& tally, const importing::Importer& importer) {
  std::string text;
  const bool may_be_left_out = std::ranges::any_of(importer.columns(), [&](const importing::Column& column) {
    return (IsTyped(column) || column.meaning == importing::Meaning::kStage) && tally.HasWrongIn(column);
  });
  if (may_be_left_out) text += Concat({"  Or leave a column out: ", NameOfOption({"map", "COLUMN", ""}), "\n"});
  if (tally.answers().size() < 2) return text;
  return Concat({text, "\nThe command with these answers, to copy; change what you mean otherwise:\n",
                 DisplayableLine(CommandToCopy(line, tally.answers())), "\n"});
}

// Returns how many rows there are, and what to read before the import.
std::string Totals(const ImportLine& line, const RowTally& tally, const Effects& effects,
                   const std::optional<AddressReport>& addresses, const importing::Importer& importer) {
  const std::vector<importing::Finding>& findings = importer.findings();
  std::string text = Concat({Counted(tally.rows(), "row"), ": ", std::to_string(tally.right()), " right",
                             tally.SkippedInWords(), ", ", std::to_string(tally.wrong()), " wrong\n"});
  if (effects.store != nullptr) {
    const auto count = [&](importing::Effect effect) { return std::to_string(effects.leads[effect]); };
    text += Concat({"leads: ", count(importing::Effect::kNew), " new, ", count(importing::Effect::kChanged),
                    " changed, ", count(importing::Effect::kUnchanged), " unchanged\n"});
  }
  text += tally.DescribeSuppressed();
  text += StopsInWords(findings);
  const std::string offers =
      IdleValuesInWords(line, importer) +
      FindingsInWords(findings, [](const importing::Finding& finding) { return finding.is_offer; });
  if (!offers.empty()) text += "\nPerhaps meant otherwise:\n" + offers;
  if (addresses) text += "\n" + addresses->Describe();
  const std::string doubtful = tally.DescribeDoubtful();
  if (!doubtful.empty()) text += "\nDoubtful, imported all the same; correct the file where it is wrong:\n" + doubtful;
  if (tally.wrong() > 0) text += "\nWrong:\n" + tally.DescribeWrong() + WaysOutOfWrong(line, tally, importer);
  const std::string skipped = tally.DescribeSkipped();
  if (!skipped.empty()) text += "\nSkipped:\n" + skipped;
  return text;
}

// Writes the plan. One that exists was read; it is written again if the line has answers, unless it has comments, which
// would be lost. A kill leaves the old one or the new one. Returns a line about it; empty if no plan was asked for.
Result<std::string> WritePlan(const ImportLine& line, const ImportSetup& setup, const importing::Importer& importer) {
  std::error_code error;
  if (line.plan.empty()) return std::string();
  const bool exists = std::filesystem::exists(line.plan, error);
  if (exists && !HasAnswers(line)) return Concat({"\nRead with the plan ", line.plan, "\n"});
  if (exists) {
    LP_ASSIGN_OR_RETURN(const std::string before, ReadFile(line.plan, config::kMaxYamlBytes));
    if (before.starts_with('#') || before.find("\n#") != std::string::npos || before.find(" #") != std::string::npos) {
      return Concat({"\nRead with the plan ", line.plan,
                     ", which has comments: add the answers to it yourself, so that these stay\n"});
    }
  }
  const std::string fresh = line.plan + ".unfinished";
  std::filesystem::remove(fresh, error);  // that of a killed command
  LP_RETURN_IF_ERROR(WriteDurableFile(fresh, importing::PlanToYaml(setup.options, setup.file, importer.findings())));
  LP_RETURN_IF_ERROR(MoveDurably(fresh, line.plan));
  if (exists) return Concat({"\nThe plan ", line.plan, " has these answers, too, now\n"});
  return Concat({"\nThe plan is in ", line.plan, "; give it with --plan for files of this kind\n"});
}

}  // namespace

Result<int> PreviewImport(const ImportLine& line, const ImportSetup& setup, importing::Importer* importer) {
  const std::string name = NameOfFile(line);
  const importing::ImportOptions& options = setup.options;
  LP_ASSIGN_OR_RETURN(StateOfImport state, OpenState(line, options));
  RowTally tally;
  Effects effects{state.store.get(), state.definitions ? &state.definitions->For(options.tenant) : nullptr};
  std::vector<std::string> example;
  std::string shown;
  for (;;) {
    MetAddress met;
    const Result<const importing::ImportedRow*> row = NextRow(importer, &state, &met);
    if (!row.ok()) return Fail(name + ": " + row.status().message());
    if (*row == nullptr) break;
    if (tally.rows() == 0) example.assign((*row)->row->cells.begin(), (*row)->row->cells.end());
    if (tally.rows() < kShownRows) shown += RowInWords(**row);
    tally.Add(**row);
    if (state.store != nullptr) LP_RETURN_IF_ERROR(effects.Add(**row, met.lead));
  }
  const csv::CsvReader& file = importer->file();
  const auto& [encoding, why] = file.encoding();
  const std::string head = Concat({name, ": ", encoding, why.empty() ? "" : " (" + why + ")", ", delimiter ",
                                   DelimiterInWords(file.delimiter()), "\n\n"});
  const std::string found =
      FindingsInWords(importer->findings(), [](const importing::Finding& finding) { return !finding.is_offer; });
  const std::string rows = Concat({found.empty() ? "" : "\nFound in the file:\n", found}) +
                           "\nThe first rows, as they will be read:\n" + shown;
  LP_ASSIGN_OR_RETURN(const std::string plan, WritePlan(line, setup, *importer));
  return PrintResult(head + Totals(line, tally, effects, state.addresses, *importer) + "\n" +
                     ColumnsTable(*importer, options, example) + rows + plan);
}

}  // namespace leadpulse::tools
