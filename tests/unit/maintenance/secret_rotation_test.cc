// What a rotation of the erasure secret rewrites, and which states it refuses. Whether erased leads stay erased is a
// property (tests/property/secret_rotation_property_test.cc).
#include "processor/maintenance/secret_rotation.h"

#include "processor/engine/erasure_remains.h"
#include "processor/engine/erasure_rotation.h"
#include "processor/engine/partition_meta.h"
#include "state/codec/lead_codec.h"
#include "state/store/store_keys.h"
#include "tests/unit/maintenance/examined_state.h"

namespace leadpulse::maintenance::secret_rotation_test {

using state::RowFamily;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::StateTampering;

std::string SecretOf(const std::string& directory) {
  return (*state::OpenStateRows(directory, state::StateAccess::kRead))->erasure_secret();
}

class SecretRotationTest : public ExaminedState {
 protected:
  SecretRotation MustRotate(bool dry_run = false) {
    const auto rotated = RotateSecret({.state = State(), .dry_run = dry_run});
    EXPECT_TRUE(rotated.ok()) << rotated.status().message();
    return rotated.ok() ? *rotated : SecretRotation();
  }
  void ExpectRefused(const SecretRotationOptions& options, const std::string& why) {
    const std::string before = SecretOf(State());
    const auto rotated = RotateSecret(options);
    ASSERT_FALSE(rotated.ok());
    EXPECT_THAT(rotated.status().message(), HasSubstr(why));
    EXPECT_EQ(SecretOf(State()), before);
  }
  std::vector<StateTampering::Row> Erasures() { return StateTampering(State()).RowsOf(RowFamily::kErased); }
};

TEST_F(SecretRotationTest, EachHashGetsTheFurtherKey) {
  const std::string former = SecretOf(State());
  const auto before = Erasures();
  ASSERT_EQ(before.size(), 1u);
  EXPECT_EQ(MustRotate(/*dry_run=*/true).erasures, 1u);
  EXPECT_EQ(SecretOf(State()), former);
  EXPECT_EQ(MustRotate().keys, 2u);
  EXPECT_EQ(MustRotate().keys, 3u);
  const std::string secret = SecretOf(State());
  ASSERT_EQ(secret.size(), 3 * state::kErasureKeyBytes);
  EXPECT_EQ(state::ErasureKeysAfter(former, secret)->size(), 2 * state::kErasureKeyBytes);
  const auto after = Erasures();
  ASSERT_EQ(after.size(), 1u);
  const std::string key = EncodeLeadKey({"acme", "back"});
  const auto partition = *state::PartitionOfRow(before[0].key);
  EXPECT_EQ(before[0].key, state::ErasureRowKey(partition, state::ErasureHashOf(former, key)));
  EXPECT_EQ(after[0].key, state::ErasureRowKey(partition, state::ErasureHashOf(secret, key)));
  EXPECT_EQ(after[0].value, before[0].value);
  EXPECT_THAT(Check(), IsEmpty()) << texts_;
}

TEST_F(SecretRotationTest, PseudonymsAreRotatedAndIdsThatLookLikeThemAreNot) {
  const std::string hash(state::kErasureHashBytes, 'h');
  const std::string pseudonym = engine::PseudonymOf(hash);
  const std::string id = engine::PseudonymOf(std::string(state::kErasureHashBytes, 'i'));  // somebody chose it
  const std::string capitals = "erased:" + std::string(64, 'A');
  Change("replies0", [&](state::Lead* lead) {
    state::LeadIdentity& identity = lead->identity.Get();
    identity.addresses = {"ann@x.org", pseudonym, capitals};
    identity.leads[pseudonym].facts.everything.out = Instant{1};
    identity.leads[id].uses = true;
    identity.routed = {{"c1", pseudonym}, {"c2", id}, {"c3", ""}};
  });
  EXPECT_EQ(MustRotate().leads, 1u);
  const std::string added(
      *state::ErasureKeysAfter(SecretOf(State()).substr(0, state::kErasureKeyBytes), SecretOf(State())));
  const std::string rotated = engine::PseudonymOf(state::ErasureHashOf(added, hash));
  Change("replies0", [&](state::Lead* lead) {
    const state::LeadIdentity& identity = *lead->identity;
    EXPECT_EQ(identity.addresses, (std::vector<std::string>{"ann@x.org", rotated, capitals}));
    EXPECT_EQ(identity.leads.at(rotated).facts.everything.out, Instant{1});
    EXPECT_TRUE(identity.leads.at(id).uses);
    EXPECT_EQ(identity.leads.size(), 2u);
    EXPECT_EQ(identity.routed[0].lead, rotated);
    EXPECT_EQ(identity.routed[1].lead, id);
  });
}

TEST_F(SecretRotationTest, WhatCannotBeRotatedIsSaid) {
  ExpectRefused({.state = State(), .most_bytes = 10}, "leadpulse rebuild");
  StateTampering(State()).Put(RowFamily::kErased, state::PartitionPrefix({1}) + "short", std::string(16, 'x'));
  ExpectRefused({.state = State()}, "leadpulse state check");
}

TEST_F(SecretRotationTest, AStateOfTheLiveModeIsNotRotated) {
  StateTampering(State()).Write({{RowFamily::kMeta, std::string(engine::kRunPositionName)},
                                 {RowFamily::kMeta, engine::LocalPositionName(PartitionId{0}), ""}});
  ExpectRefused({.state = State()}, "leadpulse repartition");
}

TEST_F(SecretRotationTest, MoreKeysThanALookUpMayCostAreRefused) {
  const std::string most(state::kMostErasureKeys * state::kErasureKeyBytes, 'k');
  StateTampering(State()).Put(RowFamily::kMeta, std::string(state::kErasureSecretRow), most);
  ExpectRefused({.state = State()}, "has 100 keys already");
}

// A message that brings addresses, or what a mailbox of before has.
TEST(RotatedMessages, HaveOtherPseudonyms) {
  const std::string added(state::kErasureKeyBytes, 'k');
  const std::string hash(state::kErasureHashBytes, 'h');
  const std::string pseudonym = engine::PseudonymOf(hash);
  const std::string rotated = engine::PseudonymOf(state::ErasureHashOf(added, hash));
  engine::LeadMessage message;
  engine::ToUser to_user;
  to_user.addresses = {"ann@x.org", pseudonym};
  message.content = std::move(to_user);
  EXPECT_TRUE(engine::RotateMessage(added, &message));
  EXPECT_EQ(std::get<engine::ToUser>(message.content).addresses, (std::vector<std::string>{"ann@x.org", rotated}));
  auto part = std::make_shared<state::Lead>();
  part->identity.Get().addresses = {pseudonym};
  message.content = std::shared_ptr<const state::Lead>(part);
  EXPECT_TRUE(engine::RotateMessage(added, &message));
  const auto& after = std::get<std::shared_ptr<const state::Lead>>(message.content);
  EXPECT_EQ(after->identity->addresses, std::vector<std::string>{rotated});
  EXPECT_EQ(part->identity->addresses, std::vector<std::string>{pseudonym});  // shared: not changed
  message.content = engine::ToMailbox();
  EXPECT_FALSE(engine::RotateMessage(added, &message));
}

}  // namespace leadpulse::maintenance::secret_rotation_test
