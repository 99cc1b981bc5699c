// Where many records go that a command makes in one go: standard output, or a new file, compressed as its name says.
#pragma once

#include <memory>
#include <string>

#include "processor/base/status.h"
#include "processor/input/input_format.h"
#include "tools/simulate/byte_sink.h"

namespace leadpulse::tools {

// What a name says of how to write there. Rejected: nothing, and which names do.
Result<input::InputFormat> SinkFormatOf(const std::string& output);

// `-` is standard output: an error of its Write has no message, for it has been told. Else errors as of MakeFileSink.
Result<std::unique_ptr<simulate::ByteSink>> OpenRecordSink(const std::string& output, const input::InputFormat& format);

}  // namespace leadpulse::tools
