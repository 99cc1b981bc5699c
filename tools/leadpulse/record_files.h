// Stores the records that a command makes in standard output or in a file.
//
// Owned and called by one thread. Append and Write wait for the disk once a MiB is there; `done` is called by Flush.
// After an error it is unknown which records are there, and nothing more is written.
#pragma once

#include <memory>
#include <string>

#include "processor/base/status.h"
#include "schemas/codec/record_sink.h"

namespace leadpulse::tools {

inline constexpr char kToStandardOutput[] = "-";

// Returns what is wrong with the name of a new file, for CLI11: its ending says no format. Empty: it is right.
std::string CheckNewRecordFile(const std::string& output);

// Opens standard output (`-`), or creates a file, in the format of its name and compressed as it says. Such a file is
// complete once Close has returned, but may be lost in a power cut. Rejected: the name says no format, or the file
// exists. Other errors are those of input::MakeFileSink.
Result<std::unique_ptr<codec::RecordSink>> CreateRecordFile(const std::string& output);

// Opens standard output (`-`), or the end of a file of lines that `leadpulse run` reads or follows. After Flush, the
// records and the file's name survive a power cut. Creates the file if it is missing, waits until no other command
// appends to it, and ends a line that a kill cut off.
Result<std::unique_ptr<codec::RecordSink>> OpenRecordFile(const std::string& path);

}  // namespace leadpulse::tools
