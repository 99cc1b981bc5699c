// Erasures of an older state, under the former form of an address, in the partition of another process.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/base/address.h"
#include "processor/engine/partition_engine.h"
#include "schemas/codec/record_decoder.h"
#include "state/codec/lead_codec.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::engine::former_erasure_test {

constexpr uint32_t kPartitions = 4;
constexpr char kTenant[] = "t";

// Partitions that exchange messages, each with a store of its own, as if each were of another process.
class Processes {
 public:
  Processes() {
    for (uint32_t i = 0; i < kPartitions; ++i) {
      Process& process = processes_[i];
      process.store = state::MakeMemoryLeadStore(kPartitions);
      DefinitionsInForce definitions;
      definitions.current = config::LoadDefinitions(config::DefaultDefinitionsText()).definitions;
      process.engine = std::make_unique<PartitionEngine>(PartitionId{i}, process.store.get(), 1 << 20, definitions,
                                                         &process.output, Messages::kExchanged);
    }
  }

  // Stores what an erasure with `suppress` at `at` left under an id in an older state.
  void StoreErasure(const std::string& id, Instant at) {
    const LeadKey key{kTenant, id};
    state::Erasure erasure;
    erasure.erased_at = at;
    erasure.facts.everything.Include(EventType::kUnsubscribe, at);
    Process& process = Of(key);
    state::EpochWrite write;
    write.erasures.push_back({PartitionOf(key, kPartitions), process.engine->leads().ErasureHash(key), erasure});
    ASSERT_TRUE(process.store->Commit(write).ok());
  }

  // Applies a record in the partition of its lead, and then the messages until there are none.
  void Feed(const std::string& json) {
    const codec::Decoded decoded = decoder_->Decode(json, {});
    const codec::SourcePosition source{"test", 0, 0, 0};
    if (const auto* event = std::get_if<codec::Event>(&decoded)) {
      ASSERT_TRUE(Of(event->key).engine->Apply(*event, event->occurred_at, source).ok());
    } else {
      const auto& command = std::get<codec::Command>(decoded);
      ASSERT_TRUE(Of(command.key).engine->Apply(command, command.issued_at, source).ok());
    }
    while (DeliverSome()) {
    }
  }

  // Returns the email status of a lead; an empty string if it is none.
  std::string StatusOf(const std::string& id) {
    const LeadKey key{kTenant, id};
    PartitionEngine& engine = *Of(key).engine;
    const auto found = engine.leads().Find(key);
    if (!found.ok() || *found == nullptr || !(*found)->is_lead()) return "";
    return std::string(EmailStatusName((*found)->view.email_status));
  }

  static bool AreApart(const std::string& a, const std::string& b) {
    return PartitionOf({kTenant, a}, kPartitions) != PartitionOf({kTenant, b}, kPartitions);
  }

 private:
  struct Process {
    std::unique_ptr<state::LeadStore> store;
    EngineOutput output;
    std::unique_ptr<PartitionEngine> engine;
  };

  Process& Of(const LeadKey& key) { return processes_[PartitionOf(key, kPartitions).value]; }

  bool DeliverSome() {
    bool any = false;
    for (Process& process : processes_) {
      for (const LeadMessage& message : std::exchange(process.output.messages, {})) {
        any = true;
        EXPECT_TRUE(Of(message.to).engine->Apply(message).ok());
      }
    }
    return any;
  }

  std::array<Process, kPartitions> processes_;
  std::unique_ptr<codec::RecordDecoder> decoder_ = codec::MakeJsonRecordDecoder();
};

std::string SetEmail(const std::string& lead, const std::string& email, const std::string& time) {
  return R"({"command":{"tenantId":"t","leadId":")" + lead + R"(","commandId":"c-)" + lead + R"(","issuedAt":")" +
         time + R"(","updateProfile":{"set":{"email":")" + email + R"("}}}})";
}

std::string EventOf(const std::string& id, const std::string& type, const std::string& email, const std::string& time) {
  return R"({"event":{"tenantId":"t","email":")" + email + R"(","eventId":")" + id + R"(","type":")" + type +
         R"(","occurredAt":")" + time + R"("}})";
}

// Spellings that an older engine took for different addresses, each with its former form.
struct Spelling {
  std::string email;
  std::string former;
};
std::vector<Spelling> SpellingsOf(const std::string& local) {
  return {{local + "@B\u00fccher.example", local + "@b\u00fccher.example"},
          {" " + local + "@B\u00dcCHER.example", local + "@b\u00dccher.example"},
          {local + "@b\u00fccher\u3002example", local + "@b\u00fccher\u3002example"}};
}

TEST(FormerErasureTest, OfAnotherProcessIsFoundUnderEachSpelling) {
  const Instant erased_at = ParseRfc3339("2026-03-02T00:00:00Z").value();
  int apart = 0;
  for (int number = 0; number < 10; ++number) {
    for (const auto& [email, former] : SpellingsOf("ann" + std::to_string(number))) {
      SCOPED_TRACE(former);
      ASSERT_EQ(FormerAddress(email), former);
      const std::string normal = NormalizeAddress(email);
      apart += Processes::AreApart(former, normal) ? 1 : 0;
      Processes processes;
      processes.StoreErasure(former, erased_at);
      processes.Feed(SetEmail("before", normal, "2026-03-03T00:00:00Z"));
      processes.Feed(SetEmail("crm", email, "2026-03-04T00:00:00Z"));
      EXPECT_EQ(processes.StatusOf("crm"), "unsubscribed");
      EXPECT_EQ(processes.StatusOf("before"), "unsubscribed");
      processes.Feed(EventOf("late", "RESUBSCRIBE", email, "2026-03-01T00:00:00Z"));
      EXPECT_EQ(processes.StatusOf("crm"), "unsubscribed");
      processes.Feed(EventOf("back", "RESUBSCRIBE", email, "2026-03-05T00:00:00Z"));
      EXPECT_EQ(processes.StatusOf("crm"), "active");
    }
  }
  EXPECT_GT(apart, 10);
}

TEST(FormerErasureTest, OfAnotherProcessCountsForARecordByAddress) {
  const Instant erased_at = ParseRfc3339("2026-03-02T00:00:00Z").value();
  for (int number = 0; number < 10; ++number) {
    const std::string local = "bob" + std::to_string(number);
    std::vector<Spelling> spellings = SpellingsOf(local);
    // An attribute is in NFC, so that only records are spelled like this.
    spellings.push_back({local + "@bu\u0308cher.example", local + "@bu\u0308cher.example"});
    for (const auto& [email, former] : spellings) {
      SCOPED_TRACE(former);
      Processes processes;
      processes.StoreErasure(former, erased_at);
      processes.Feed(EventOf("open", "OPEN", email, "2026-03-04T00:00:00Z"));
      EXPECT_EQ(processes.StatusOf(NormalizeAddress(email)), "unsubscribed");
      processes.Feed(EventOf("old", "RESUBSCRIBE", email, "2026-03-01T00:00:00Z"));
      processes.Feed(SetEmail("crm", NormalizeAddress(email), "2026-03-05T00:00:00Z"));
      EXPECT_EQ(processes.StatusOf("crm"), "unsubscribed");
    }
  }
}

}  // namespace leadpulse::engine::former_erasure_test
