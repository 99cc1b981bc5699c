// What the Protobuf library writes to standard error.
#pragma once

namespace leadpulse::codec {

// The library writes a line for every text that is not UTF-8, which anybody may send; the caller of the parser
// reports that already. From now on only what ends the program is written. Thread-safe.
void QuietProtobuf();

}  // namespace leadpulse::codec
