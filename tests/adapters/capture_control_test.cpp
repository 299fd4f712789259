#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <streamkit/client/curl_global.hpp>
#include <streamkit/local/data_dir.hpp>
#include <streamkit/server/server.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/fake_source.hpp>
#include <string>
#include <thread>

#include "capture/capture_controller.hpp"
#include "capture/capture_problems.hpp"
#include "capture/controlled_source.hpp"

namespace streamkit::capture_tool {
namespace {

using namespace std::chrono_literals;

CaptureRequest request_for(std::string source) {
  CaptureRequest request;
  request.source = std::move(source);
  return request;
}

// A server of this process, and one control.
class CaptureControlTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(folder_);
    stores_ = local::open_data_dir(folder_ / "data").value();
    server::ServerOptions options;
    options.http.listen = "127.0.0.1:0";
    server_ = server::Server::start(options, {*stores_.objects, *stores_.sessions, *stores_.records,
                                              *stores_.maintenance, *stores_.jobs})
                  .value();
    control_ = std::make_unique<CaptureController>(
        std::vector<std::string>{"--api-base=" + server_->local_url(), "--chunk-seconds=0.5",
                                 "--resolution=160x90", "--capture-preset=ultrafast"},
        [](const std::string&) { return std::nullopt; }, Context{});
  }
  void TearDown() override {
    control_ = nullptr;
    server_->stop();
    server_ = nullptr;
    stores_ = {};
    std::filesystem::remove_all(folder_);
  }

  // Waits for a condition of the status; the bound is for a machine that does other things too.
  template <typename Condition>
  CaptureStatus wait_for(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    for (;;) {
      CaptureStatus status = control_->status();
      if (condition(status) || std::chrono::steady_clock::now() > deadline) return status;
      std::this_thread::sleep_for(10ms);
    }
  }
  CaptureStatus wait_for_state(CaptureState state) {
    return wait_for([&](const CaptureStatus& status) { return status.state == state; });
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      ("streamkit-capture-control-" + std::to_string(::getpid()) + "-" +
       ::testing::UnitTest::GetInstance()->current_test_info()->name());
  const client::CurlGlobal curl_ = client::CurlGlobal::create().value();
  local::DataDir stores_;
  std::unique_ptr<server::Server> server_;
  std::unique_ptr<CaptureController> control_;
};

TEST_F(CaptureControlTest, StepsAreSeparate) {
  EXPECT_EQ(control_->status().state, CaptureState::Idle);
  EXPECT_FALSE(control_->pause(true));
  EXPECT_FALSE(control_->end_session());
  CaptureRequest request;
  request.source = "test";
  request.recording = (folder_ / "take.mp4").string();
  ASSERT_TRUE(control_->start(request));
  auto status = wait_for([](const CaptureStatus& now) { return now.chunks_stored >= 2; });
  EXPECT_EQ(status.state, CaptureState::Streaming);
  EXPECT_GT(status.bits_per_second, 0);
  EXPECT_NE(status.playlist_url.find(status.session_id), std::string::npos);
  EXPECT_EQ(control_->start(request).error().code, ErrorCode::InvalidArgument);

  ASSERT_TRUE(control_->pause(true));
  EXPECT_EQ(wait_for_state(CaptureState::Paused).state, CaptureState::Paused);
  ASSERT_TRUE(control_->pause(false));
  EXPECT_EQ(wait_for_state(CaptureState::Streaming).state, CaptureState::Streaming);

  ASSERT_TRUE(control_->set_audio("audio", 0.5, true));
  EXPECT_TRUE(control_->status().audio.at(0).muted);
  EXPECT_EQ(control_->set_audio("other", 1, false).error().code, ErrorCode::NotFound);
  EXPECT_EQ(control_->set_audio("audio", 5, false).error().code, ErrorCode::InvalidArgument);

  ASSERT_TRUE(control_->stop_capture());
  status = wait_for([](const CaptureStatus& now) {
    return now.state == CaptureState::Stopped && now.chunks_stored == now.chunks_cut;
  });
  EXPECT_EQ(status.state, CaptureState::Stopped) << "the session stays open";
  EXPECT_FALSE(stores_.sessions->find(status.session_id).value().ended_at);
  ASSERT_TRUE(control_->end_session());
  status = wait_for_state(CaptureState::Ended);
  EXPECT_EQ(status.state, CaptureState::Ended);
  EXPECT_TRUE(status.problems.empty());
  EXPECT_GT(std::filesystem::file_size(request.recording), 1000U);
  ASSERT_TRUE(control_->start(request_for("test"))) << "after the end another one can begin";
  EXPECT_TRUE(control_->shut_down());
}

TEST_F(CaptureControlTest, AFailedStartIsReportedAndLeavesNoSession) {
  const auto started = control_->start(request_for((folder_ / "absent.mp4").string()));
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::NotFound);
  const auto status = control_->status();
  EXPECT_EQ(status.state, CaptureState::Failed);
  ASSERT_EQ(status.problems.size(), 1U);
  EXPECT_NE(status.problems[0].message.find("absent.mp4"), std::string::npos);
  EXPECT_TRUE(status.session_id.empty());
  CaptureRequest wrong = request_for("test");
  wrong.codec = "av2";
  EXPECT_EQ(control_->start(wrong).error().code, ErrorCode::InvalidArgument);
  wrong = request_for("test");
  wrong.stereo_json = "{";
  EXPECT_EQ(control_->start(wrong).error().code, ErrorCode::InvalidArgument);
}

TEST_F(CaptureControlTest, AServerThatIsAwayIsAProblem) {
  CaptureRequest request = request_for("test");
  request.server = "http://127.0.0.1:1";
  const auto started = control_->start(request);
  ASSERT_FALSE(started);
  ASSERT_EQ(control_->status().problems.size(), 1U);
  EXPECT_EQ(control_->status().problems[0].code, "server_unreachable");
}

TEST(StartProblem, TellsTheServerFromTheSource) {
  const auto code = [](ErrorCode error, const char* domain) {
    return start_problem({error, "why", domain}).code;
  };
  EXPECT_EQ(code(ErrorCode::Unavailable, "curl"), "server_unreachable");
  EXPECT_EQ(code(ErrorCode::Unavailable, "http"), "server_unreachable");
  EXPECT_EQ(code(ErrorCode::Unavailable, "dbus"), "source_unavailable");
  EXPECT_EQ(code(ErrorCode::Unavailable, ""), "source_unavailable");
  EXPECT_EQ(code(ErrorCode::Unsupported, "dbus"), "source_unavailable");
  EXPECT_EQ(code(ErrorCode::Unsupported, "ffmpeg"), "encoder_missing");
  EXPECT_EQ(code(ErrorCode::PermissionDenied, ""), "permission_denied");
}

std::vector<SourceItem> all_of(Source& source) {
  std::vector<SourceItem> items;
  for (;;) {
    items.push_back(source.read({}).value());
    if (std::holds_alternative<EndOfStream>(items.back())) return items;
  }
}

TEST(ControlledSource, ShowsTheLastFrameAndSilenceWhilePaused) {
  testing::FakeSource inner({.frame_count = 30});
  ControlledSource source(inner, MediaTime{0});
  std::int64_t last = -1;
  for (int frames = 0; frames < 10;) {
    const SourceItem item = source.read({}).value();
    if (const auto* frame = std::get_if<VideoFrame>(&item)) {
      last = testing::FakeSource::number_of(*frame);
      ++frames;
    }
  }
  source.pause(true);
  MediaTime next{-1};
  for (const SourceItem& item : all_of(source)) {
    if (const auto* frame = std::get_if<VideoFrame>(&item)) {
      EXPECT_EQ(testing::FakeSource::number_of(*frame), last);
      EXPECT_GT(frame->pts, next) << "time continues";
      next = frame->pts;
    } else if (const auto* audio = std::get_if<AudioFrame>(&item)) {
      for (const float sample : audio->samples) ASSERT_EQ(sample, 0);
    }
  }
  EXPECT_EQ(source.frames(), 30U);
  EXPECT_GT(source.take_peak(), 0) << "what comes in is measured all the same";
  EXPECT_EQ(source.take_peak(), 0);
}

// A duration within a frame ends with that frame; audio ends with it, to the sample.
TEST(ControlledSource, EndsBothTracksWithTheLastFrameOfItsDuration) {
  for (const FrameRate rate : {FrameRate{30, 1}, FrameRate{30000, 1001}, FrameRate{7, 1}}) {
    for (const MediaTime duration : {MediaTime(1s), MediaTime(1001ms), MediaTime(1510ms)}) {
      testing::FakeSource inner(
          {.format = {.video = {.width_px = 64, .height_px = 36, .frame_rate = rate}},
           .frame_count = 300});
      ControlledSource source(inner, duration);
      std::int64_t frames = 0;
      std::int64_t samples = 0;
      for (const SourceItem& item : all_of(source)) {
        if (std::holds_alternative<VideoFrame>(item)) ++frames;
        if (const auto* audio = std::get_if<AudioFrame>(&item)) {
          samples += audio->sample_count;
          EXPECT_EQ(audio->samples.size(), static_cast<std::size_t>(2 * audio->sample_count));
        }
      }
      EXPECT_EQ(frames, rate.frames_before(duration));
      EXPECT_EQ(source.end(), rate.time_of(frames));
      EXPECT_EQ(samples, to_ticks(rate.time_of(frames), 1, 48'000));
    }
  }
}

TEST(ControlledSource, PacesWhatDoesNotWait) {
  testing::FakeSource inner({.frame_count = 301});
  testing::FakeClock clock(testing::FakeWait::AutoAdvances);
  ControlledSource source(inner, MediaTime{0});
  source.pace(clock);
  all_of(source);
  EXPECT_EQ(clock.elapsed(), std::chrono::nanoseconds(10s)) << "the time of the last frame";
}

TEST(ControlledSource, ChangesTheLevel) {
  testing::FakeSource inner({.frame_count = 30});
  testing::FakeSource other({.frame_count = 30});
  ControlledSource source(inner, MediaTime{0});
  source.set_audio(0.5, false);
  for (const SourceItem& item : all_of(source)) {
    const SourceItem original = other.read({}).value();
    const auto* audio = std::get_if<AudioFrame>(&item);
    if (audio == nullptr) continue;
    const auto& loud = std::get<AudioFrame>(original);
    for (std::size_t i = 0; i < audio->samples.size(); ++i) {
      ASSERT_FLOAT_EQ(audio->samples[i], loud.samples[i] / 2);
    }
  }
}

}  // namespace
}  // namespace streamkit::capture_tool
