// A file with some of the records that Leadpulse wrote, so that the raw program writes similar ones: as many an input
// record, of the same sizes, equally hard to compress.
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

// Writes a file for this machine and this run only. Ends the program on an error, as ReadSamples does.
void WriteSamples(const std::string& path, const std::vector<RecordSample>& samples);
std::vector<RecordSample> ReadSamples(const std::string& path);

}  // namespace leadpulse::bench
