#include "tools/leadpulse/import/import_output.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <variant>

#include "processor/base/assign_or_return.h"
#include "processor/base/text.h"
#include "processor/csv/csv_writer.h"
#include "processor/csv/formula_guard.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

constexpr size_t kDetailWidth = 110;
constexpr size_t kShownKinds = 20;  // of skipped rows

}  // namespace

Result<ImportOutput> ImportOutput::Open(const RecordTarget& target) {
  if (target.kafka()) {
    LP_ASSIGN_OR_RETURN(std::unique_ptr<TopicOutput> topics, TopicOutput::Open(target.config));
    return ImportOutput(std::move(topics));
  }
  LP_ASSIGN_OR_RETURN(RecordSink sink, RecordSink::Open(target.to));
  return ImportOutput(std::move(sink));
}

Status ImportOutput::Write(const importing::ImportedRow& row) {
  if (sink_ && sink_->lines()) return sink_->WriteLines(row.lines);
  const auto write = [&](const auto& held) { return sink_ ? sink_->Write(held) : topics_->Write(held); };
  for (const importing::Record& record : row.records) LP_RETURN_IF_ERROR(std::visit(write, record));
  return Status::Ok();
}

Status ImportOutput::Close() { return sink_ ? sink_->Close() : topics_->Close(); }

Result<RowsFile> RowsFile::Open(const std::string& path, const std::vector<std::string>& header, char delimiter) {
  RowsFile file;
  if (path.empty()) return file;
  file.path_ = path;
  file.delimiter_ = delimiter;
  file.file_.reset(std::fopen(path.c_str(), "wb"));
  if (file.file_ == nullptr) return file.CannotWrite();
  std::vector<std::string_view> names(header.begin(), header.end());
  // The input is a corrected file of wrong rows.
  file.mended_ = NormalizeName(names.back()) == importing::kReasonColumn;
  if (file.mended_) names.pop_back();
  file.columns_ = names.size();
  LP_RETURN_IF_ERROR(file.Print(names, importing::kReasonColumn));
  return file;
}

Status RowsFile::CannotWrite() const {
  return Status::Fatal(path_ + " cannot be written: " + std::string(strerror(errno)));
}

Status RowsFile::Print(const std::vector<std::string_view>& given, std::string_view reason) {
  std::vector<std::string> guarded;
  for (const std::string_view cell : given) guarded.push_back(csv::Guarded(cell));
  std::vector<std::string_view> cells(guarded.begin(), guarded.end());
  cells.push_back(reason);
  std::string text;
  csv::AppendRow(cells, delimiter_, &text);
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size()) return CannotWrite();
  return Status::Ok();
}

Status RowsFile::Write(const csv::Row& row, const std::string& reason) {
  if (file_ == nullptr) return Status::Ok();
  std::vector<std::string_view> cells = row.cells;
  // The old reason; the new one replaces it.
  if (mended_ && cells.size() == columns_ + 1) cells.pop_back();
  // The row was split wrongly. With the right number of cells it would pass unnoticed the next time.
  if (row.problem != csv::RowProblem::kNone && cells.size() == columns_) cells.emplace_back();
  std::vector<std::string> unguarded(cells.size());
  for (size_t i = 0; mended_ && i < cells.size(); ++i) cells[i] = unguarded[i] = csv::Unguarded(cells[i]);
  return Print(cells, "line " + std::to_string(row.line) + ": " + reason);
}

Status RowsFile::Close() {
  if (file_ == nullptr || std::fclose(file_.release()) == 0) return Status::Ok();
  return CannotWrite();
}

void RowTally::Add(const importing::ImportedRow& row) {
  records_ += row.records.size();
  if (row.wrong) {
    ++wrong_;
    AddTo(row.wrong->kind, row.wrong->detail, row.row->line, &kinds_);
  } else if (!row.skipped.empty()) {
    ++skipped_;
    // Only the first kinds have their own counts: the column may contain anything.
    std::string kind(row.skipped.substr(0, kDetailWidth));
    if (skipped_kinds_.size() >= kShownKinds && !skipped_kinds_.contains(kind)) kind = "others";
    AddTo(kind, Concat({kind, ": no engagement"}), row.row->line, &skipped_kinds_);
  } else {
    ++right_;
  }
}

void RowTally::AddTo(const std::string& name, const std::string& detail, uint64_t line, Kinds* kinds) {
  Kind& kind = (*kinds)[name];
  if (kind.count++ == 0) {
    kind.first_line = line;
    kind.first_detail = detail;
  }
}

std::string RowTally::SkippedInWords() const {
  return skipped_ == 0 ? "" : ", " + std::to_string(skipped_) + " skipped";
}
std::string RowTally::DescribeWrong() const { return Describe(kinds_); }
std::string RowTally::DescribeSkipped() const { return Describe(skipped_kinds_); }

std::string RowTally::Describe(const Kinds& all) {
  std::vector<const std::pair<const std::string, Kind>*> kinds;
  for (const auto& kind : all) kinds.push_back(&kind);
  std::sort(kinds.begin(), kinds.end(), [](const auto* a, const auto* b) {
    if (a->second.count != b->second.count) return a->second.count > b->second.count;
    return a->second.first_line < b->second.first_line;
  });
  std::string text;
  for (const auto* kind : kinds) {
    std::string count = std::to_string(kind->second.count);
    count.insert(0, 8 - std::min<size_t>(count.size(), 8), ' ');
    text += Concat({"  ", count, "  line ", std::to_string(kind->second.first_line),
                    kind->second.count > 1 ? ", the first: " : ": ",
                    CutToWidth(DisplayableLine(kind->second.first_detail), kDetailWidth), "\n"});
  }
  return text;
}

}  // namespace leadpulse::tools
