// Input files for tests: plain and compressed bytes, and the records that a list of inputs gives.
#pragma once

#include <zlib.h>
#include <zstd.h>

#include <atomic>
#include <string>
#include <vector>

#include "processor/files/input/input_list.h"
#include "state/store/lead_store.h"
#include "tests/support/file_content.h"  // IWYU pragma: export

namespace leadpulse::testing {

inline std::string Gzip(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

// Compresses with a checksum, as the zstd command does.
inline std::string Zstd(const std::string& bytes) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  std::string out(ZSTD_compressBound(bytes.size()) + 4, '\0');
  out.resize(ZSTD_compress2(context, out.data(), out.size(), bytes.data(), bytes.size()));
  ZSTD_freeCCtx(context);
  return out;
}

// Encodes a .pb record: its length as a varint, then the bytes.
inline std::string Frame(const std::string& bytes) {
  std::string out;
  for (size_t length = bytes.size(); true; length >>= 7) {
    out += static_cast<char>(length < 0x80 ? length : (length & 0x7f) | 0x80);
    if (length < 0x80) return out + bytes;
  }
}

struct ReadRecord {
  std::string bytes;
  uint64_t offset = 0;
  uint64_t line = 0;
  input::RawKind kind = input::RawKind::kWhole;
  uint64_t full_size = 0;
};

struct ReadResult {
  std::string error;  // empty: none
  std::vector<ReadRecord> records;
  std::vector<std::string> broken_details;

  std::vector<std::string> Texts() const {
    std::vector<std::string> texts;
    for (const ReadRecord& record : records) texts.push_back(record.bytes);
    return texts;
  }
};

// Reads everything new in the inputs and commits the progress.
inline ReadResult ReadAll(const std::vector<std::string>& paths, state::LeadStore* store, int standard_input = -1) {
  ReadResult result;
  Result<input::InputList> list = input::InputList::Open(paths, standard_input);
  std::atomic<bool> stop{false};
  Status status = list.ok() ? list->Resume(state::MetaOf(*store), stop) : list.status();
  input::Batch batch;
  state::EpochWrite write;
  while (status.ok() && !batch.end_of_input) {
    status = list->Fill(&batch);
    for (const input::RawRecord& raw : batch.records) {
      result.records.push_back({std::string(raw.bytes), raw.offset, raw.line, raw.kind, raw.full_size});
    }
    for (const std::string& detail : batch.broken_details) result.broken_details.push_back(detail);
    for (const input::BatchMark& mark : batch.progress) {
      write.meta.emplace_back(input::InputProgressName(list->inputs()[mark.input].path),
                              input::EncodeInputProgress(mark.progress));
    }
  }
  if (status.ok()) status = store->Commit(write);
  if (!status.ok()) result.error = status.message();
  return result;
}

}  // namespace leadpulse::testing
