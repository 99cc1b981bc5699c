// A pending record as the program reads it: from the seed and what was decided, nothing else, so that the same record
// made twice is the same twice.
#pragma once

#include "schemas/codec/records.h"
#include "tools/simulate/pending_records.h"
#include "tools/simulate/world.h"

namespace leadpulse::simulate {

// An event or a command. Kept between records, so that their texts need no new memory.
struct Record {
  bool is_command = false;
  codec::Event event;      // unless is_command
  codec::Command command;  // where is_command
};

void MakeRecord(const HistoryOptions& options, const PendingRecord& pending, Record* record);

// Turns a record into one that the decoders refuse, in one of several ways, by what is drawn.
void Spoil(uint64_t drawn, Record* record);

}  // namespace leadpulse::simulate
