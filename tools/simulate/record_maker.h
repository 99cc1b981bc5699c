// Makes the record that the program reads from a pending record and the seed alone, so that a duplicate is equal.
#pragma once

#include "schemas/codec/records.h"
#include "tools/simulate/pending_records.h"
#include "tools/simulate/world.h"

namespace leadpulse::simulate {

// Replaces the record. Records of one kind after another reuse its memory.
void MakeRecord(const HistoryOptions& options, const PendingRecord& pending, codec::Record* record);

// Makes a record invalid for the decoders, in one of several ways that `drawn` chooses.
void Spoil(uint64_t drawn, codec::Record* record);

}  // namespace leadpulse::simulate
