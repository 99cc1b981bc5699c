#include "processor/engine/left_out_properties.h"

#include "config/yaml_reader.h"
#include "processor/base/text.h"

namespace leadpulse::engine {
namespace {

const char* ReasonOf(PropertyFault fault) {
  switch (fault) {
    case PropertyFault::kNotOfType:
      return "it cannot be converted to its declared type";
    case PropertyFault::kTooLong:
      return "a text of more than 256 bytes is not kept";
    case PropertyFault::kObject:
      return "it is an object; declare its members, as in `order.total`";
    case PropertyFault::kMixedList:
      return "it is a list that holds null, a list or an object";
  }
  return "";
}

std::string SubjectOf(const std::string& name) {
  return name.empty() ? "other properties were" : "the property " + config::Quoted(name) + " was";
}

}  // namespace

bool LeftOutProperties::Add(Key key, uint64_t count) {
  if (counts_.size() >= kMaxNames && !counts_.contains(key)) key.first.clear();
  const auto [counted, is_new] = counts_.try_emplace(std::move(key), 0);
  counted->second += count;
  return is_new;
}

void LeftOutProperties::Add(const LeftOutProperties& other) {
  for (const auto& [key, count] : other.counts_) Add(key, count);
}

std::vector<std::string> LeftOutProperties::AddNew(const LeftOutProperties& other) {
  std::vector<std::string> sentences;
  for (const auto& [key, count] : other.counts_) {
    if (Add(key, count)) sentences.push_back(SubjectOf(key.first) + " left out of an event: " + ReasonOf(key.second));
  }
  return sentences;
}

std::vector<std::string> LeftOutProperties::Describe() const {
  std::vector<std::string> sentences;
  for (const auto& [key, count] : counts_) {
    sentences.push_back(SubjectOf(key.first) + " left out of " + GroupDigits(count) +
                        (count == 1 ? " event: " : " events: ") + ReasonOf(key.second));
  }
  return sentences;
}

}  // namespace leadpulse::engine
