// Finds inputs of which nothing could be used, because they hold something other than records.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "processor/files/input/batch.h"
#include "processor/files/input/input_list.h"

namespace leadpulse::input {

// The inputs of one run whose first record was rejected. Used by one thread.
class UnusableInputs {
 public:
  // Notes whether a record of `inputs` was rejected. With `warns`, logs at the first record of an input what the input
  // seems to be: a followed file has no end.
  void Note(const std::vector<Input>& inputs, const RawRecord& record, bool is_rejected, bool warns);

  // Returns a sentence for each input of which every record was rejected. Logs a warning for the others that are not
  // what they should be.
  std::vector<std::string> Describe(const std::vector<Input>& inputs) const;

 private:
  struct Unusable {
    bool is_all = true;  // so far
    std::string shape;   // see GuessShape
  };

  std::unordered_set<uint32_t> first_seen_;  // inputs of which a record was noted
  std::map<uint32_t, Unusable> unusable_;    // inputs whose first record was rejected
  std::optional<uint32_t> last_input_;       // the input of the last record
  Unusable* last_ = nullptr;                 // its entry in unusable_; null if there is none
};

}  // namespace leadpulse::input
