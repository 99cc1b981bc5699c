// The files of templates/, as they were when the program was built.
#pragma once

#include <optional>
#include <string_view>

namespace leadpulse::serve {

// nullopt: there is no file of that name.
std::optional<std::string_view> EmbeddedFile(std::string_view name);

}  // namespace leadpulse::serve
