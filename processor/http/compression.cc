#include "processor/http/compression.h"

#include <zlib.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "processor/base/assert.h"
#include "processor/base/text.h"

namespace leadpulse::http {
namespace {

constexpr size_t kLeastBytes = 1'000;  // a smaller body fits into one packet with its headers
constexpr std::string_view kSuffix = "-gzip";

// Returns the weight of an element of a header: `gzip;q=0.5`. 1 without one; 0 if it cannot be read.
double WeightOf(std::string_view element) {
  const size_t semicolon = element.find(';');
  if (semicolon == std::string_view::npos) return 1;
  const std::string_view parameter = TrimAsciiSpace(element.substr(semicolon + 1));
  if (parameter.size() < 3 || AsciiLower(parameter.substr(0, 2)) != "q=") return 1;
  double weight = 0;
  return absl::SimpleAtod(std::string(parameter.substr(2)), &weight) ? std::clamp(weight, 0.0, 1.0) : 0;
}

std::string Gzip(std::string_view body) {
  constexpr int kGzipWindow = 15 + 16, kMemoryLevel = 8;
  z_stream stream{};
  LP_ASSERT(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) ==
            Z_OK);
  std::string compressed(deflateBound(&stream, body.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_out = static_cast<uInt>(compressed.size());
  LP_ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  compressed.resize(stream.total_out);
  deflateEnd(&stream);
  return compressed;
}

}  // namespace

bool AcceptsGzip(std::string_view accept_encoding) {
  std::optional<double> gzip, any, identity;
  for (const std::string_view element : ListElements(accept_encoding)) {
    const std::string coding = AsciiLower(TrimAsciiSpace(element.substr(0, element.find(';'))));
    if (coding == "gzip" || coding == "x-gzip") gzip = WeightOf(element);
    if (coding == "*") any = WeightOf(element);
    if (coding == "identity") identity = WeightOf(element);
  }
  const double weight = gzip.value_or(any.value_or(0));
  return weight > 0 && weight >= identity.value_or(0);
}

void CompressFor(std::string_view accept_encoding, Response* response) {
  if (response->stream != nullptr || response->file != nullptr || response->body.size() < kLeastBytes) return;
  response->headers.emplace_back("Vary", "Accept-Encoding");
  if (!AcceptsGzip(accept_encoding)) return;
  response->body = Gzip(response->body);
  response->headers.emplace_back("Content-Encoding", "gzip");
  for (auto& [name, value] : response->headers) {
    if (name == "ETag" && value.starts_with('"')) value.insert(value.size() - 1, kSuffix);
  }
}

std::string_view WithoutGzip(std::string_view tag) {
  if (tag.ends_with(kSuffix)) tag.remove_suffix(kSuffix.size());
  return tag;
}

}  // namespace leadpulse::http
