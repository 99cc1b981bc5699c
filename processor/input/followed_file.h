// A file that another program appends to, read on as it grows.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "processor/base/status.h"
#include "processor/input/byte_source.h"

namespace leadpulse::input {

// Not compressed. At its end it is not readable until it has grown. Once `succeeded` says that there is a later file,
// which its writer begins when it has finished this one, its end is the end. Read is fatal where the file became
// shorter, was removed or was replaced by another: what was in it and not read would be missing without a word.
Result<std::unique_ptr<ByteSource>> FollowFile(const std::string& path, std::function<bool()> succeeded);

}  // namespace leadpulse::input
