// Some of the records that Leadpulse wrote, kept in a file, so that the raw program writes the like: as many a input
// record, of the same sizes, as hard to compress.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace leadpulse::bench {

struct RecordSample {
  std::string topic;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::string>> headers;
};

// The file is for this machine and this run only. Both end the program where it cannot be written or read.
void WriteSamples(const std::string& path, const std::vector<RecordSample>& samples);
std::vector<RecordSample> ReadSamples(const std::string& path);

}  // namespace leadpulse::bench
