// SPDX-License-Identifier: MIT
#include "nevus/server/session.h"

#include <gtest/gtest.h>

#include "nevus/server/batch.h"

namespace nevus::server {
namespace {

ByteVector const kMegabyte(1'000'000, 7);

void keep_photo(SessionStore& store, std::shared_ptr<Session> const& session, std::string const& id) {
  auto analysis = std::make_shared<StoredAnalysis>();
  analysis->id = id;
  analysis->photo = store.store(kMegabyte, *session).value();
  ASSERT_TRUE(session->add(analysis));
}

TEST(Sessions, KnowNothingOfEachOther) {
  SessionStore store(Settings{});
  auto const mine = store.create().value();
  auto const yours = store.create().value();
  keep_photo(store, mine, "a");
  EXPECT_EQ(mine->id().size(), 32U);
  EXPECT_NE(mine->id(), yours->id());
  EXPECT_NE(mine->find("a"), nullptr);
  EXPECT_EQ(yours->find("a"), nullptr);
  EXPECT_EQ(store.find("guess"), nullptr);
}

TEST(Sessions, TheEndTakesPhotosAlongAndRefusesLateOnes) {
  SessionStore store(Settings{});
  auto const session = store.create().value();
  keep_photo(store, session, "a");
  EXPECT_EQ(store.bytes(), kMegabyte.size());
  store.end(session->id());
  EXPECT_EQ(store.bytes(), 0U);
  keep_photo(store, session, "late");  // a worker that was still busy with it
  EXPECT_EQ(session->find("late"), nullptr);
  EXPECT_EQ(store.bytes(), 0U);
  EXPECT_EQ(store.find(session->id()), nullptr);
}

TEST(Sessions, PhotosOfAllFillNoMoreThanTheyMay) {
  Settings settings;
  settings.session_memory_mb = 3;
  SessionStore store(settings);
  auto const used = store.create().value();
  keep_photo(store, used, "a");
  ASSERT_EQ(store.find(used->id()), used);  // its client came back
  for (int i = 0; i < 10; ++i) keep_photo(store, store.create().value(), "b");
  EXPECT_LE(store.bytes(), 3 * kMegabyte.size());
  EXPECT_NE(used->find("a"), nullptr) << "those that nobody came back to go first";
  auto const last = store.create().value();
  EXPECT_FALSE(store.store(ByteVector(4'000'000), *last).has_value());
}

TEST(Sessions, NoneGoesWhileARequestIsAtWorkWithIt) {
  Settings settings;
  settings.max_sessions = 2;
  SessionStore store(settings);
  auto const at_work = store.create().value();
  std::string const idle = store.create().value()->id();
  auto const next = store.create();
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(store.find(at_work->id()), at_work) << "though it is the older one";
  EXPECT_EQ(store.find(idle), nullptr);
}

TEST(Sessions, WhatWasTypedCountsWhileItStands) {
  SessionStore store(Settings{});
  auto const session = store.create().value();
  keep_photo(store, session, "a");
  for (auto const letters : {2000, 1000}) {
    ReportNotes typed;
    typed.notes.history = std::string(static_cast<std::size_t>(letters), 'x');
    ASSERT_TRUE(session->set_report_notes("a", typed));
    EXPECT_EQ(store.bytes(), kMegabyte.size() + sizeof(ReportNotes) + typed.notes.history.size());
  }
  EXPECT_TRUE(session->remove("a"));
  EXPECT_EQ(store.bytes(), 0U);
}

TEST(Sessions, AFullHouseOfPeopleTurnsTheNextAway) {
  Settings settings;
  settings.max_sessions = 2;
  SessionStore store(settings);
  for (int i = 0; i < 2; ++i) ASSERT_NE(store.find(store.create().value()->id()), nullptr);
  auto const refused = store.create();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kOverloaded);
}

TEST(Sessions, PhotosHaveALimitEach) {
  Settings settings;
  settings.max_session_photos = 1;
  SessionStore store(settings);
  auto const session = store.create().value();
  keep_photo(store, session, "a");
  EXPECT_EQ(session->room_for(1).error().code, ErrorCode::kSessionFull);
  EXPECT_TRUE(session->remove("a"));
  EXPECT_FALSE(session->remove("a"));
  EXPECT_TRUE(session->room_for(1).has_value());
}

TEST(Sessions, HoldTwentyBatchesAndNoneOnceTheyHaveEnded) {
  SessionStore store(Settings{});
  auto const session = store.create().value();
  auto const add = [&] {
    return session->add(std::make_shared<Batch>(std::vector<BatchPhoto>(), AnalysisRequest(), session));
  };
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(add());
  auto const full = add();
  ASSERT_FALSE(full.has_value());
  EXPECT_EQ(full.error().code, ErrorCode::kSessionFull);
  store.end(session->id());
  auto const ended = add();
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace nevus::server
