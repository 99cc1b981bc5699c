#include "tools/leadpulse/import/row_report.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "processor/base/text.h"
#include "tools/leadpulse/import/import_options.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

constexpr size_t kDetailWidth = 150;
constexpr size_t kShownSkippedKinds = 20;
constexpr size_t kShownAnswers = 20;
constexpr size_t kShownDoubtfulKinds = 100;
constexpr size_t kShownLines = 10;

// Whether a column was taken for what else would be left out.
bool TakesOwnerOrNotes(const importing::Finding& finding) {
  const std::string_view meaning = finding.option.meaning;
  return !finding.is_offer && finding.option.name == "map" && (meaning == "agent" || meaning == "add_note");
}

std::string Describe(const KindTallies& kinds) {
  std::string text;
  for (const auto* kind : MostFrequentFirst(kinds)) {
    const KindTally& tally = kind->second;
    text += Concat({NumberCell(std::to_string(tally.count), 10), "  line ", std::to_string(tally.lines.front()),
                    tally.count > 1 ? ", the first: " : ": ",
                    CutToWidth(DisplayableLine(tally.first_detail), kDetailWidth), "\n"});
  }
  return text;
}

}  // namespace

void KindTally::Add(uint64_t line, const std::string& detail) {
  if (count++ == 0) first_detail = detail;
  if (lines.size() < kShownLines) lines.push_back(line);
}

std::vector<const KindTallies::value_type*> MostFrequentFirst(const KindTallies& all) {
  std::vector<const KindTallies::value_type*> kinds;
  for (const auto& kind : all) kinds.push_back(&kind);
  std::ranges::stable_sort(kinds, [](const auto* a, const auto* b) {
    return std::pair(b->second.count, a->second.lines.front()) < std::pair(a->second.count, b->second.lines.front());
  });
  return kinds;
}

Result<RowsFile> RowsFile::Open(const std::string& path, const importing::Importer& importer) {
  RowsFile file;
  if (path.empty()) return file;
  file.path_ = path;
  file.file_.reset(std::fopen(path.c_str(), "wb"));
  if (file.file_ == nullptr) return file.CannotWrite();
  file.text_.emplace(importer.header(), importer.file().delimiter(), importer.file().encoding());
  std::string text;
  file.text_->AppendHeader(&text);
  LP_RETURN_IF_ERROR(file.Print(text));
  return file;
}

Status RowsFile::CannotWrite() const {
  return Status::Fatal(path_ + " cannot be written: " + std::string(strerror(errno)));
}

Status RowsFile::Print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size()) return CannotWrite();
  return Status::Ok();
}

Status RowsFile::Write(const csv::Row& row, const std::string& reason) {
  if (file_ == nullptr) return Status::Ok();
  std::string text;
  text_->AppendRow(row, reason, &text);
  return Print(text);
}

Status RowsFile::Close() {
  if (file_ == nullptr || std::fclose(file_.release()) == 0) return Status::Ok();
  return CannotWrite();
}

// Adds a wrong cell. The first few texts for which there is an answer have counts of their own.
void RowTally::AddWrong(uint64_t line, const importing::WrongRow& wrong) {
  std::string kind = wrong.kind;
  const std::string& theirs = wrong.problem.remedy.theirs;
  if (!theirs.empty()) {
    const std::string own = Concat({kind, ": ", theirs});
    const bool is_known = kinds_.contains(own);
    if (is_known || kinds_.size() < kShownAnswers) kind = own;
    if (!is_known && kind == own && wrong.problem.remedy.name == "values") answers_.push_back(wrong.problem.remedy);
  }
  kinds_[kind].Add(line, InWordsOfTheLine(wrong.problem));
}

void RowTally::Add(const importing::ImportedRow& row) {
  records_ += row.records.size();
  const bool stops_mail = suppressed_.Add(row);
  if (row.wrong) {
    ++wrong_;
    wrong_stops_ += stops_mail ? 1 : 0;
    AddWrong(row.row->line, *row.wrong);
    for (const importing::WrongRow& other : row.wrong->others) AddWrong(row.row->line, other);
  } else if (!row.skipped.empty()) {
    ++skipped_;
    // Only the first kinds have their own counts: the column may contain anything.
    std::string kind(row.skipped.substr(0, kDetailWidth));
    if (skipped_kinds_.size() >= kShownSkippedKinds && !skipped_kinds_.contains(kind)) kind = "others";
    skipped_kinds_[kind].Add(row.row->line, kind);
  } else {
    ++right_;
    for (const importing::WrongRow& warning : row.warnings) {
      std::string kind = warning.kind;
      if (doubtful_kinds_.size() >= kShownDoubtfulKinds && !doubtful_kinds_.contains(kind)) kind = "others";
      doubtful_kinds_[kind].Add(row.row->line, InWordsOfTheLine(warning.problem));
    }
  }
}

std::string RowTally::SkippedInWords() const {
  return skipped_ == 0 ? "" : ", " + std::to_string(skipped_) + " skipped";
}
bool RowTally::HasWrongIn(const importing::Column& column) const {
  const std::string begin = column.header + ": ";
  return std::ranges::any_of(kinds_, [&begin](const auto& kind) { return kind.first.starts_with(begin); });
}
std::string RowTally::DescribeWrong() const { return Describe(kinds_); }
std::string RowTally::DescribeDoubtful() const { return Describe(doubtful_kinds_); }
std::string RowTally::DescribeSuppressed() const {
  const importing::SuppressionCounts& of = suppressed_;
  if (of.rows == 0) return "";
  std::string parts;
  for (const auto& [count, what] :
       {std::pair(of.opted_out, "opted out"), std::pair(of.bounced, "bounced"), std::pair(of.complained, "complained"),
        std::pair(of.do_not_contact, "do not contact")}) {
    if (count > 0) parts += Concat({parts.empty() ? "" : ", ", std::to_string(count), " ", what});
  }
  std::string text =
      Concat({Counted(of.rows, "row"), of.rows == 1 ? " is of somebody who gets" : " are of people who get",
              " no mail: ", parts, "\n"});
  if (wrong_stops_ > 0) {
    text +=
        Concat({GroupDigits(wrong_stops_), wrong_stops_ == 1 ? " of them is a wrong row" : " of them are wrong rows",
                "; of these only the no to mail counts\n"});
  }
  return text;
}
std::string RowTally::DescribeSkipped() const { return Describe(skipped_kinds_); }

bool LeavesOutWhoGetsNoMail(const importing::Finding& finding) {
  return finding.is_offer && finding.option.name == "map" && finding.option.meaning.empty();
}

std::string StopsInWords(const std::vector<importing::Finding>& findings) {
  std::string text;
  for (const importing::Finding& finding : findings) {
    if (!LeavesOutWhoGetsNoMail(finding)) continue;
    text += DisplayableLine(Concat({"  ", finding.column, ": ", finding.what})) + "\n";
  }
  if (text.empty()) return text;
  return Concat({text, "  If a column is about something else, leave it out: ", NameOfOption({"map", "COLUMN"}), "\n"});
}

std::string IdleValuesInWords(const ImportLine& line, const importing::Importer& importer) {
  std::string text;
  for (const importing::Option& idle : importer.IdleValues()) {
    const auto is_it = [name = NameOfOption(idle)](const std::string& value) {
      return name == Concat({"--value '", value, "'"});
    };
    if (std::ranges::none_of(line.values, is_it)) continue;
    text += DisplayableLine(Concat({"  ", NameOfOption(idle), " fits no cell"})) + "\n";
  }
  return text;
}

std::string FindingsInWords(const std::vector<importing::Finding>& findings,
                            bool (*is_shown)(const importing::Finding& finding)) {
  std::string text;
  for (const importing::Finding& finding : findings) {
    if (!is_shown(finding) || LeavesOutWhoGetsNoMail(finding)) continue;
    const bool has_option = finding.is_offer && !finding.option.name.empty();
    std::string other = has_option ? Concat({"; ", finding.when, " give ", NameOfOption(finding.option)}) : "";
    if (TakesOwnerOrNotes(finding)) other = "; otherwise give " + NameOfOption({"map", finding.column, ""});
    text += Concat({"  ",
                    DisplayableLine(Concat({finding.column, finding.column.empty() ? "" : ": ", finding.what, other})),
                    "\n"});
  }
  return text;
}

}  // namespace leadpulse::tools
