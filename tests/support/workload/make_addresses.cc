// Leads that share addresses, and the many ways to spell one.

#include "tests/support/workload/record_parts.h"

namespace leadpulse::workload {
namespace {

using model::Json;

// Replaces a part of a text, if it is there.
void Replace(const std::string& part, const std::string& other, std::string& text) {
  if (const size_t place = text.find(part); place != std::string::npos) text.replace(place, part.size(), other);
}

// Spells the same address in another way.
std::string SpellAddress(Random& random, std::string address) {
  static const std::vector<std::string> kDomains = {"bücher.example", "BÜCHER.Example", "bu\u0308cher\u3002example",
                                                    "XN--Bcher-KVA.example", "\uff58n--bcher-kva.example"};
  if (random.Chance(60)) Replace("xn--bcher-kva.example", random.OneOf(kDomains), address);
  if (random.Chance(25)) Replace("É", "E\u0301", address);
  if (random.Chance(25)) address[0] = static_cast<char>(address[0] - 'a' + 'A');
  if (random.Chance(15)) address = " " + address;
  if (random.Chance(10)) address += "\t";
  return address;
}

std::string InvalidAddress(Random& random, const World& world) {
  const std::string& address = random.OneOf(world.addresses);
  const std::vector<std::string> invalid = {"none",         "Ann <" + address + ">",         address + "," + address,
                                            "a " + address, std::string(320, 'a') + address, address + ";"};
  return random.OneOf(invalid);
}

model::Record SetEmail(Random& random, const World& world, const std::string& lead, model::Millis time) {
  model::Command command;
  command.tenant = world.tenant;
  command.lead = lead;
  command.id = SmallId(random, "c");
  command.issued_at = TimeText(random, time);
  command.actions = model::UpdateProfile{{{"email", random.OneOf(world.addresses)}}, {}};
  return {command, random.Next()};
}

}  // namespace

void ShareAddresses(Random& random, World& world) {
  // One looks like the address that the program writes for an erased one. One has a capital letter that stays in normal
  // form, and a domain with several forms.
  static const std::vector<std::string> kAddresses = {"ann@example.com", "erased:x@y.example",
                                                      "zÉ@xn--bcher-kva.example"};
  world.theme = Theme::kMailboxes;
  world.addresses.assign(kAddresses.begin(), kAddresses.begin() + random.Between(1, 3));
  if (random.Chance(30)) world.addresses = {kAddresses.back()};
  world.leads.clear();
  for (const std::string& address : world.addresses) {
    if (random.Chance(70)) world.leads.push_back(address);
    if (random.Chance(25)) world.leads.push_back("Z" + address);
    if (random.Chance(25)) world.leads.push_back(SpellAddress(random, address));
    if (random.Chance(25)) world.leads.push_back(static_cast<char>(address[0] - 'a' + 'A') + address.substr(1));
  }
  // Sometimes near the limit of users to which a mailbox passes events on, and near the limit of `erase`.
  const int64_t users = random.Chance(20) ? random.Between(8, 12) : random.Between(1, 4);
  for (int64_t i = 0; i < users; ++i) world.leads.push_back("crm-" + std::to_string(i));
}

model::Json PickSharedAddress(Random& random, const World& world) {
  if (random.Chance(10)) return random.Chance(50) ? Json() : Json("");
  if (random.Chance(8)) return InvalidAddress(random, world);
  return SpellAddress(random, random.OneOf(world.addresses));
}

void NameAddress(Random& random, World& world, model::Event& event) {
  if (!world.events.empty() && random.Chance(12)) {
    // The same event for another lead.
    event = random.OneOf(world.events);
    event.lead = random.OneOf(world.leads);
  }
  if (random.Chance(40)) event.email = SpellAddress(random, random.OneOf(world.addresses));
  if (random.Chance(6)) event.email = InvalidAddress(random, world);
  if (random.Chance(15)) {
    event.lead.clear();
    event.email = SpellAddress(random, random.OneOf(world.addresses));
  }
}

void NameAddress(Random& random, const World& world, model::Command& command) {
  if (!random.Chance(30)) return;
  command.lead.clear();
  command.email = SpellAddress(random, random.OneOf(world.addresses));
}

std::vector<model::Record> MakeSwap(Random& random, World& world) {
  const model::Millis time = PickTime(random, world);
  const model::Record first = SetEmail(random, world, random.OneOf(world.leads), time);
  return {first, SetEmail(random, world, random.OneOf(world.leads), time)};
}

}  // namespace leadpulse::workload
