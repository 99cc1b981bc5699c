#include "processor/replay/checkpoint.h"

#include <absl/strings/str_cat.h>

#include <string_view>

#include "processor/base/field_reader.h"
#include "processor/files/input/prefix_hash.h"

namespace leadpulse::replay {
namespace {

// The whole file: `1 <sent> <left_out> <refused> <done> <destination_bytes> <bytes of the arguments> <bytes of the
// position> <hash of the two: 16 hexadecimal digits, 16 more>` and a line end, the arguments and a line end, the
// position.
constexpr int kVersion = 1;
// Bytes: thousands of files with long names.
constexpr size_t kMaxBytes = 16 << 20;

input::Hash128 HashOf(std::string_view arguments, std::string_view position) {
  input::PrefixHash hash;
  hash.Update(arguments);
  hash.Update(position);
  return hash.Digest();
}

std::string Encode(const std::string& arguments, const Checkpoint& checkpoint) {
  const input::Hash128 hash = HashOf(arguments, checkpoint.position);
  return absl::StrCat(kVersion, " ", checkpoint.sent, " ", checkpoint.left_out, " ", checkpoint.refused, " ",
                      checkpoint.done, " ", checkpoint.destination_bytes, " ", arguments.size(), " ",
                      checkpoint.position.size(), " ", absl::Hex(hash.high, absl::kZeroPad16), " ",
                      absl::Hex(hash.low, absl::kZeroPad16), "\n", arguments, "\n", checkpoint.position);
}

bool Decode(std::string_view text, std::string* arguments, Checkpoint* checkpoint) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return false;
  FieldReader fields(text.substr(0, end));
  size_t arguments_bytes = 0;
  size_t position_bytes = 0;
  input::Hash128 hash;
  const bool good = fields.NextIs(kVersion) && fields.Next(&checkpoint->sent) && fields.Next(&checkpoint->left_out) &&
                    fields.Next(&checkpoint->refused) && fields.NextFlag(&checkpoint->done) &&
                    fields.Next(&checkpoint->destination_bytes) && fields.Next(&arguments_bytes) &&
                    fields.Next(&position_bytes) && fields.Next(&hash.high, 16) && fields.Next(&hash.low, 16) &&
                    fields.Done();
  text.remove_prefix(end + 1);
  if (!good || arguments_bytes >= text.size() || position_bytes != text.size() - arguments_bytes - 1) return false;
  *arguments = text.substr(0, arguments_bytes);
  checkpoint->position = text.substr(arguments_bytes + 1);
  return HashOf(*arguments, checkpoint->position) == hash;
}

}  // namespace

Result<std::unique_ptr<CheckpointFile>> CheckpointFile::Open(const std::string& path, std::string arguments) {
  LP_ASSIGN_OR_RETURN(auto kept,
                      files::AtomicTextFile::Open(path, kMaxBytes, {"checkpoint", "replay", "--checkpoint"}));
  std::unique_ptr<CheckpointFile> file(new CheckpointFile(std::move(kept), std::move(arguments)));
  LP_RETURN_IF_ERROR(file->Read());
  return file;
}

Status CheckpointFile::Read() {
  if (!kept_->found()) return Status::Ok();
  std::string arguments;
  if (!Decode(kept_->text(), &arguments, &checkpoint_)) {
    return Status::Rejected("checkpoint " + path() +
                            " is not one of a replay, or is damaged; give another --checkpoint, or remove it: then "
                            "everything is sent again, and the engine knows what it has");
  }
  if (arguments == arguments_) return Status::Ok();
  return Status::Rejected("checkpoint " + path() + " belongs to another replay: that one was `" + arguments +
                          "`, this is `" + arguments_ + "`; give the same arguments, or another --checkpoint");
}

Status CheckpointFile::Save(const Checkpoint& checkpoint) {
  LP_RETURN_IF_ERROR(kept_->Save(Encode(arguments_, checkpoint)));
  checkpoint_ = checkpoint;
  return Status::Ok();
}

}  // namespace leadpulse::replay
