// The normal form of the domain of an address: what UTS 46 makes of it for DNS.
#pragma once

#include <string>
#include <string_view>

namespace leadpulse {

// Returns the domain processed by UTS 46 (non-transitional; STD3, CheckHyphens, CheckBidi, CheckJoiners and
// VerifyDnsLength off) to its ASCII form in lower case: `xn--bcher-kva.example` for `Bücher.example` and for itself. A
// domain that UTS 46 does not accept keeps its characters, and its ASCII letters are lowered: it has a disallowed code
// point, a label that begins with a combining mark, or an `xn--` label that nothing is encoded to. The domain must be
// UTF-8.
//
// Code points that the ICU of this machine does not know are disallowed. Its tables may be of Unicode 15.0; the only
// mapping that 15.1 changes is applied: ẞ is ß, not ss.
std::string NormalDomain(std::string_view domain);

// Returns a domain in normal form with its encoded labels in Unicode; as it is if UTS 46 does not accept it.
std::string DomainInUnicode(const std::string& normalized);

// Whether the text holds `xn--` in any case, with which encoded labels begin.
bool MayHoldEncodedLabel(std::string_view text);

}  // namespace leadpulse
