#include "processor/delivery/position_file.h"

#include <absl/strings/str_cat.h>

#include <string_view>

#include "processor/base/field_reader.h"

namespace leadpulse::delivery {
namespace {

// The whole file: `1 <offset> <lines> <hash: 16 hexadecimal digits, 16 more>` and a line end.
constexpr int kVersion = 1;
constexpr size_t kMaxBytes = 128;

std::string Encode(const Position& position) {
  return absl::StrCat(kVersion, " ", position.offset, " ", position.lines, " ",
                      absl::Hex(position.hash.high, absl::kZeroPad16), " ",
                      absl::Hex(position.hash.low, absl::kZeroPad16), "\n");
}

bool Decode(std::string_view text, Position* position) {
  if (!text.ends_with('\n')) return false;
  FieldReader fields(text.substr(0, text.size() - 1));
  return fields.NextIs(kVersion) && fields.Next(&position->offset) && fields.Next(&position->lines) &&
         fields.Next(&position->hash.high, 16) && fields.Next(&position->hash.low, 16) && fields.Done();
}

}  // namespace

Result<std::unique_ptr<PositionFile>> PositionFile::Open(const std::string& path) {
  LP_ASSIGN_OR_RETURN(auto kept, files::AtomicTextFile::Open(path, kMaxBytes, {"position", "delivery", "--position"}));
  std::unique_ptr<PositionFile> file(new PositionFile(std::move(kept)));
  LP_RETURN_IF_ERROR(file->Read());
  return file;
}

Status PositionFile::Read() {
  if (!kept_->found() || Decode(kept_->text(), &position_)) return Status::Ok();
  return Status::Rejected(
      "position " + kept_->path() +
      " is not a position of a delivery, or is damaged; give another --position, or remove it: then "
      "everything is delivered again, and receivers remove the duplicates");
}

Status PositionFile::Save(const Position& position) {
  LP_RETURN_IF_ERROR(kept_->Save(Encode(position)));
  position_ = position;
  return Status::Ok();
}

}  // namespace leadpulse::delivery
