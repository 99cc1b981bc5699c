#include "processor/files/input/unusable_inputs.h"

#include "processor/files/input/file_shape.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::input {

void UnusableInputs::Note(const std::vector<Input>& inputs, const RawRecord& record, bool is_rejected, bool warns) {
  if (record.input != last_input_) {
    last_input_ = record.input;
    const auto known = unusable_.find(record.input);
    last_ = known != unusable_.end() ? &known->second : nullptr;
    const Input& input = inputs[record.input];
    const bool is_begun = input.progress.read > 0 || !first_seen_.insert(record.input).second;
    if (is_begun || !is_rejected) return;
    last_ = &unusable_[record.input];
    last_->shape = GuessShape(input.path, input.format, record.bytes, record.kind == RawKind::kWhole);
    if (warns && !last_->shape.empty()) {
      telemetry::LogWarning("input " + input.path + " does not begin with a record. It seems to be " + last_->shape);
    }
  }
  if (last_ != nullptr) last_->is_all = last_->is_all && is_rejected;
}

std::vector<std::string> UnusableInputs::Describe(const std::vector<Input>& inputs) const {
  std::vector<std::string> sentences;
  for (const auto& [index, one] : unusable_) {
    const std::string name = "input " + inputs[index].path;
    const std::string is = one.shape.empty() ? "" : " It seems to be " + one.shape;
    if (one.is_all) sentences.push_back(name + ": nothing of it could be used, see the dead letters." + is);
    if (!one.is_all && !is.empty()) telemetry::LogWarning(name + ": not all of it could be used." + is);
  }
  return sentences;
}

}  // namespace leadpulse::input
