#include "schemas/codec/confluent_framing.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <optional>

#include "schemas/codec/record_checks.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::codec {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr char kMagic = 0;
constexpr size_t kMagicAndIdBytes = 1 + sizeof(uint32_t);

std::optional<int32_t> ReadIndex(CodedInputStream* input) {
  uint32_t zigzag;
  if (!input->ReadVarint32(&zigzag)) return std::nullopt;
  return WireFormatLite::ZigZagDecode32(zigzag);
}

// A decoder that strips the framing. The size of the record is that of the message.
class ConfluentRecordDecoder : public RecordDecoder {
 public:
  explicit ConfluentRecordDecoder(std::unique_ptr<RecordDecoder> message_decoder)
      : message_decoder_(std::move(message_decoder)) {}

  void DecodeInto(std::string_view bytes, const DecodeLimits& limits, Decoded* decoded) override {
    const Result<ConfluentFrame> frame = ReadConfluentFrame(bytes);
    if (frame.ok()) {
      message_decoder_->DecodeInto(frame->message, limits, decoded);
    } else {
      *decoded = Malformed(frame.status().message());
    }
  }

 private:
  const std::unique_ptr<RecordDecoder> message_decoder_;
};

}  // namespace

Result<ConfluentFrame> ReadConfluentFrame(std::string_view bytes) {
  if (bytes.size() < kMagicAndIdBytes || bytes.front() != kMagic) {
    return Status::Rejected("the record does not begin with a byte 0 and a schema id, as Confluent's wire format does");
  }
  ConfluentFrame frame;
  for (size_t i = 1; i < kMagicAndIdBytes; ++i) {
    frame.schema_id = frame.schema_id << 8 | static_cast<unsigned char>(bytes[i]);
  }
  const std::string_view rest = bytes.substr(kMagicAndIdBytes);
  CodedInputStream input(reinterpret_cast<const uint8_t*>(rest.data()), static_cast<int>(rest.size()));
  const std::optional<int32_t> count = ReadIndex(&input);
  std::optional<int32_t> index = 0;
  if (count && *count != 0) index = ReadIndex(&input);
  if (!count || !index || *count < 0 || *index < 0) {
    return Status::Rejected("the message indexes of Confluent's wire format are broken");
  }
  if (*count > 1 || *index != 0) {
    return Status::Rejected("the message indexes name another message than the first of the schema");
  }
  frame.message = rest.substr(static_cast<size_t>(input.CurrentPosition()));
  return frame;
}

void AppendConfluentHead(uint32_t schema_id, std::string* out) {
  *out += kMagic;
  for (int shift = 24; shift >= 0; shift -= 8) *out += static_cast<char>(schema_id >> shift);
  *out += '\0';  // the first message
}

std::unique_ptr<RecordDecoder> MakeConfluentRecordDecoder(RecordShape shape) {
  return std::make_unique<ConfluentRecordDecoder>(MakeProtobufRecordDecoder(shape));
}

}  // namespace leadpulse::codec
