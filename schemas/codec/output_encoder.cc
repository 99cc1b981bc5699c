#include "schemas/codec/output_encoder.h"

#include <optional>

#include "leadpulse/v1/dead_letter.pb.h"
#include "processor/base/assert.h"
#include "schemas/codec/change_bytes.h"
#include "schemas/codec/confluent_framing.h"
#include "schemas/codec/output_writer.h"
#include "schemas/codec/protobuf_change.h"

namespace leadpulse::codec {
namespace {

void SetDeadLetter(const DeadLetter& letter, v1::DeadLetter* out) {
  SetSource(letter.source, out->mutable_source());
  out->set_reason(static_cast<v1::DeadLetter::Reason>(letter.reason));
  out->set_detail(letter.detail);
  out->set_payload(letter.payload);
  if (letter.full_size) out->set_size(*letter.full_size);
}

class ProtobufOutputEncoder : public OutputEncoder {
 public:
  // Writes a head only if there is a schema id.
  explicit ProtobufOutputEncoder(std::optional<uint32_t> schema_id) {
    if (schema_id) AppendConfluentHead(*schema_id, &head_);
  }

  void EncodeChange(const Change& change, std::string* out) override {
    *out += head_;
    AppendChangeBytes(change, out);
  }
  void EncodeDeadLetter(const DeadLetter& letter, std::string* out) override {
    v1::DeadLetter message;  // not kept: a payload may be a megabyte
    SetDeadLetter(letter, &message);
    *out += head_;
    LP_ASSERT(message.AppendToString(out));
  }

 private:
  std::string head_;
};

class JsonOutputEncoder : public OutputEncoder {
 public:
  void EncodeChange(const Change& change, std::string* out) override { AppendChangeJson(change, out); }
  void EncodeDeadLetter(const DeadLetter& letter, std::string* out) override { AppendDeadLetterMessage(letter, out); }
};

}  // namespace

std::unique_ptr<OutputEncoder> MakeOutputEncoder(OutputFormat format, uint32_t schema_id) {
  switch (format) {
    case OutputFormat::kProtobuf:
      return std::make_unique<ProtobufOutputEncoder>(std::nullopt);
    case OutputFormat::kJson:
      return std::make_unique<JsonOutputEncoder>();
    case OutputFormat::kConfluent:
      return std::make_unique<ProtobufOutputEncoder>(schema_id);
  }
  LP_ASSERT(false);
}

}  // namespace leadpulse::codec
