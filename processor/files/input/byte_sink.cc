#include "processor/files/input/byte_sink.h"

#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "processor/base/assert.h"

namespace leadpulse::input {
namespace {

constexpr size_t kPieceBytes = 128 << 10;

class FileSink : public ByteSink {
 public:
  FileSink(std::string path, FILE* file) : path_(std::move(path)), file_(file, &std::fclose) {}

  Status Write(std::string_view bytes) override {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) == bytes.size()) return Status::Ok();
    return CannotWrite();
  }
  Status Close() override { return std::fclose(file_.release()) == 0 ? Status::Ok() : CannotWrite(); }

 private:
  Status CannotWrite() const {
    return Status::Fatal(path_ + " cannot be written: " + strerror(errno) + "; it is incomplete, so remove it");
  }

  const std::string path_;
  std::unique_ptr<FILE, int (*)(FILE*)> file_;
};

class GzipSink : public ByteSink {
 public:
  explicit GzipSink(std::unique_ptr<ByteSink> sink) : sink_(std::move(sink)) {
    constexpr int kGzipWindow = 15 + 16, kMemory = 8;
    LP_ASSERT(deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) ==
              Z_OK);
  }
  ~GzipSink() override { deflateEnd(&stream_); }
  GzipSink(const GzipSink&) = delete;
  GzipSink& operator=(const GzipSink&) = delete;

  Status Write(std::string_view bytes) override { return Deflate(bytes, Z_NO_FLUSH); }
  Status Close() override {
    LP_RETURN_IF_ERROR(Deflate({}, Z_FINISH));
    return sink_->Close();
  }

 private:
  Status Deflate(std::string_view bytes, int flush) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(piece_.data());
      stream_.avail_out = static_cast<uInt>(piece_.size());
      LP_ASSERT(deflate(&stream_, flush) != Z_STREAM_ERROR);
      LP_RETURN_IF_ERROR(sink_->Write({piece_.data(), piece_.size() - stream_.avail_out}));
    } while (stream_.avail_out == 0);
    return Status::Ok();
  }

  const std::unique_ptr<ByteSink> sink_;
  z_stream stream_{};
  std::array<char, kPieceBytes> piece_;
};

class ZstdSink : public ByteSink {
 public:
  explicit ZstdSink(std::unique_ptr<ByteSink> sink) : sink_(std::move(sink)), context_(ZSTD_createCCtx()) {
    LP_ASSERT(context_ != nullptr);
  }
  ~ZstdSink() override { ZSTD_freeCCtx(context_); }
  ZstdSink(const ZstdSink&) = delete;
  ZstdSink& operator=(const ZstdSink&) = delete;

  Status Write(std::string_view bytes) override { return Feed(bytes, ZSTD_e_continue); }
  Status Close() override {
    LP_RETURN_IF_ERROR(Feed({}, ZSTD_e_end));
    return sink_->Close();
  }

 private:
  Status Feed(std::string_view bytes, ZSTD_EndDirective end) {
    ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
    size_t left = 0;
    do {
      ZSTD_outBuffer output{piece_.data(), piece_.size(), 0};
      left = ZSTD_compressStream2(context_, &output, &input, end);
      LP_ASSERT(ZSTD_isError(left) == 0);
      LP_RETURN_IF_ERROR(sink_->Write({piece_.data(), output.pos}));
    } while (input.pos < input.size || (end == ZSTD_e_end && left > 0));
    return Status::Ok();
  }

  const std::unique_ptr<ByteSink> sink_;
  ZSTD_CCtx* const context_;
  std::array<char, kPieceBytes> piece_;
};

}  // namespace

Result<std::unique_ptr<ByteSink>> MakeFileSink(const std::string& path) {
  FILE* file = std::fopen(path.c_str(), "wbx");
  if (file != nullptr) return std::unique_ptr<ByteSink>(new FileSink(path, file));
  if (errno == EEXIST) {
    return Status::Rejected(path + " exists and stays as it is; give another name");
  }
  return Status::Fatal(path + " cannot be made: " + strerror(errno) + "; give a folder that exists");
}

std::unique_ptr<ByteSink> Compress(Compression compression, std::unique_ptr<ByteSink> sink) {
  switch (compression) {
    case Compression::kGzip:
      return std::make_unique<GzipSink>(std::move(sink));
    case Compression::kZstd:
      return std::make_unique<ZstdSink>(std::move(sink));
    case Compression::kNone:
      break;
  }
  return sink;
}

}  // namespace leadpulse::input
