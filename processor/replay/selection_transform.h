// The selection and the mark, as a run on files applies them to what it reads, and a replay to what it sends.
#pragma once

#include <utility>
#include <variant>

#include "processor/files/input/batch_decoder.h"
#include "processor/replay/record_line.h"
#include "processor/replay/record_selection.h"

namespace leadpulse::replay {

class SelectionTransform : public input::RecordTransform {
 public:
  SelectionTransform(RecordSelection selection, bool as_backfill)
      : selection_(std::move(selection)), as_backfill_(as_backfill) {}

  // A record that cannot be decoded stays in, so that it is reported.
  bool Apply(codec::Decoded* record) const override {
    if (const auto* event = std::get_if<codec::Event>(record); event != nullptr && !selection_.Takes(*event)) {
      return false;
    }
    if (const auto* command = std::get_if<codec::Command>(record); command != nullptr && !selection_.Takes(*command)) {
      return false;
    }
    if (as_backfill_) MarkAsBackfill(record);
    return true;
  }

 private:
  const RecordSelection selection_;
  const bool as_backfill_;
};

}  // namespace leadpulse::replay
