#include "processor/delivery/position_file.h"

#include <absl/strings/str_cat.h>

#include <string_view>

#include "processor/base/field_reader.h"

namespace leadpulse::delivery {
namespace {

constexpr int kVersion = 1;
constexpr size_t kMaxBytes = 128;

}  // namespace

std::string EncodePosition(const Position& position) {
  return absl::StrCat(kVersion, " ", position.offset, " ", position.lines, " ",
                      absl::Hex(position.hash.high, absl::kZeroPad16), " ",
                      absl::Hex(position.hash.low, absl::kZeroPad16));
}

std::optional<Position> DecodePosition(std::string_view text) {
  Position position;
  FieldReader fields(text);
  const bool is_whole = fields.NextIs(kVersion) && fields.Next(&position.offset) && fields.Next(&position.lines) &&
                        fields.Next(&position.hash.high, 16) && fields.Next(&position.hash.low, 16) && fields.Done();
  return is_whole ? std::optional(position) : std::nullopt;
}

Result<std::unique_ptr<PositionFile>> PositionFile::Open(const std::string& path) {
  LP_ASSIGN_OR_RETURN(auto kept, files::AtomicTextFile::Open(path, kMaxBytes, {"position", "delivery", "--position"}));
  std::unique_ptr<PositionFile> file(new PositionFile(std::move(kept)));
  LP_RETURN_IF_ERROR(file->Read());
  return file;
}

Status PositionFile::Read() {
  if (!kept_->found()) return Status::Ok();
  const std::string_view text = kept_->text();
  const auto kept = text.ends_with('\n') ? DecodePosition(text.substr(0, text.size() - 1)) : std::nullopt;
  if (kept) {
    position_ = *kept;
    return Status::Ok();
  }
  return Status::Rejected(
      "position " + kept_->path() +
      " is not a position of a delivery, or is damaged; give another --position, or remove it: then "
      "everything is delivered again, and receivers remove the duplicates");
}

Status PositionFile::Save(const Position& position) {
  LP_RETURN_IF_ERROR(kept_->Save(EncodePosition(position) + "\n"));
  position_ = position;
  return Status::Ok();
}

}  // namespace leadpulse::delivery
