#include "tests/bench/record_samples.h"

#include <fstream>

#include "tests/bench/kafka_client.h"

namespace leadpulse::bench {
namespace {

// Writes a length or count, 32 bits wide, in the machine's order.
void PutNumber(uint32_t number, std::ofstream* out) {
  out->write(reinterpret_cast<const char*>(&number), sizeof(number));
}

void PutText(const std::string& text, std::ofstream* out) {
  PutNumber(static_cast<uint32_t>(text.size()), out);
  out->write(text.data(), static_cast<std::streamsize>(text.size()));
}

uint32_t TakeNumber(std::ifstream* in) {
  uint32_t number = 0;
  in->read(reinterpret_cast<char*>(&number), sizeof(number));
  return number;
}

std::string TakeText(std::ifstream* in) {
  std::string text(TakeNumber(in), '\0');
  in->read(text.data(), static_cast<std::streamsize>(text.size()));
  return text;
}

}  // namespace

void WriteSamples(const std::string& path, const std::vector<RecordSample>& samples) {
  std::ofstream out(path, std::ios::binary);
  PutNumber(static_cast<uint32_t>(samples.size()), &out);
  for (const RecordSample& sample : samples) {
    PutText(sample.topic, &out);
    PutNumber(sample.value.has_value() ? 1 : 0, &out);
    if (sample.value) PutText(*sample.value, &out);
    PutNumber(static_cast<uint32_t>(sample.headers.size()), &out);
    for (const auto& [name, value] : sample.headers) {
      PutText(name, &out);
      PutText(value, &out);
    }
  }
  if (!out.flush()) Die(path + " cannot be written");
}

std::vector<RecordSample> ReadSamples(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<RecordSample> samples(in ? TakeNumber(&in) : 0);
  for (RecordSample& sample : samples) {
    sample.topic = TakeText(&in);
    if (TakeNumber(&in) == 1) sample.value = TakeText(&in);
    sample.headers.resize(TakeNumber(&in));
    for (auto& [name, value] : sample.headers) {
      name = TakeText(&in);
      value = TakeText(&in);
    }
  }
  if (!in) Die(path + " cannot be read");
  return samples;
}

}  // namespace leadpulse::bench
