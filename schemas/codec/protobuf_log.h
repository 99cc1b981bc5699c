// Limits what the Protobuf library writes to standard error.
#pragma once

namespace leadpulse::codec {

// Stops the library's messages from now on, except before it ends the program. It writes a line for every string that
// is not UTF-8, which anybody may send; the caller of the parser reports that already. Thread-safe.
void QuietProtobuf();

}  // namespace leadpulse::codec
