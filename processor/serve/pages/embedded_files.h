// The files of templates/, embedded when the program is built.
#pragma once

#include <optional>
#include <string_view>

namespace leadpulse::serve {

// nullopt: no file has that name.
std::optional<std::string_view> EmbeddedFile(std::string_view name);

}  // namespace leadpulse::serve
