// Makes the record that the program reads from a pending record and the seed alone, so that a duplicate is equal.
#pragma once

#include "schemas/codec/records.h"
#include "tools/simulate/pending_records.h"
#include "tools/simulate/world.h"

namespace leadpulse::simulate {

// An event or a command. Reused, so that its strings need no new memory.
struct Record {
  bool is_command = false;
  codec::Event event;      // unless is_command
  codec::Command command;  // if is_command
};

void MakeRecord(const HistoryOptions& options, const PendingRecord& pending, Record* record);

// Makes a record invalid for the decoders, in one of several ways that `drawn` chooses.
void Spoil(uint64_t drawn, Record* record);

}  // namespace leadpulse::simulate
