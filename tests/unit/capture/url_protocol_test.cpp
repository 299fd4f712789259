#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stop_token>
#include <streamkit/capture/url_input.hpp>
#include <string>
#include <thread>

#include "flash_clip.hpp"
#include "input_watcher.hpp"
#include "media/ffmpeg_handles.hpp"

namespace streamkit::capture {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

int free_port(int type) {
  const int bound = ::socket(AF_INET, type, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(bound, generic, size), 0);
  EXPECT_EQ(::getsockname(bound, generic, &size), 0);
  ::close(bound);
  return ntohs(address.sin_port);
}

/// Sends a clip in real time with FFmpeg, as an encoder or a server of another protocol does. A
/// receiver that goes away is waited for again.
class FfmpegSender {
 public:
  FfmpegSender(const FlashClip& clip, std::string format, std::string url)
      : thread_([this, &clip, format = std::move(format),
                 url = std::move(url)](const std::stop_token& stop) {
          while (!stop.stop_requested()) send(clip, format, url, stop);
        }) {}

 private:
  static int is_stopped(void* stop) {
    return static_cast<std::stop_token*>(stop)->stop_requested() ? 1 : 0;
  }

  static void send(const FlashClip& clip, const std::string& format, const std::string& url,
                   std::stop_token stop) {
    AVFormatContext* from = nullptr;
    AVFormatContext* to = nullptr;
    const AVIOInterruptCB interrupt{&is_stopped, &stop};
    if (avformat_open_input(&from, clip.path().c_str(), nullptr, nullptr) >= 0 &&
        avformat_find_stream_info(from, nullptr) >= 0 &&
        avformat_alloc_output_context2(&to, nullptr, format.c_str(), nullptr) >= 0) {
      to->interrupt_callback = interrupt;
      for (unsigned n = 0; n < from->nb_streams; ++n) {
        AVStream* stream = avformat_new_stream(to, nullptr);
        avcodec_parameters_copy(stream->codecpar, from->streams[n]->codecpar);
        stream->codecpar->codec_tag = 0;
      }
      media::Options options;
      if (format == "flv") options.set("listen", "1");  // of RTMP
      if (avio_open2(&to->pb, url.c_str(), AVIO_FLAG_WRITE, &interrupt, options.in_out()) >= 0 &&
          avformat_write_header(to, nullptr) >= 0) {
        copy(*from, *to, stop);
      }
    }
    if (to != nullptr) avio_closep(&to->pb);
    avformat_free_context(to);
    avformat_close_input(&from);
  }

  static void copy(AVFormatContext& from, AVFormatContext& to, const std::stop_token& stop) {
    const auto begin = steady_clock::now();
    media::PacketPtr packet(av_packet_alloc());
    while (!stop.stop_requested() && av_read_frame(&from, packet.get()) >= 0) {
      const AVStream* source = from.streams[packet->stream_index];
      const auto due = begin + std::chrono::duration_cast<steady_clock::duration>(
                                   media::to_media_time(packet->dts, source->time_base));
      while (!stop.stop_requested() && steady_clock::now() < due) {
        std::this_thread::sleep_for(milliseconds(2));
      }
      av_packet_rescale_ts(packet.get(), source->time_base,
                           to.streams[packet->stream_index]->time_base);
      if (av_write_frame(&to, packet.get()) < 0) return;
      av_packet_unref(packet.get());
    }
  }

  std::jthread thread_;
};

const FlashClip& clip() {
  static const FlashClip kClip(40);
  return kClip;
}

UrlInputOptions options_for(const std::string& url) {
  UrlInputOptions options;
  options.url = url;
  options.backoff.max_delay = milliseconds(500);
  return options;
}

// The sender may not listen yet.
UrlInputs open_soon(const std::string& url) {
  const auto until = steady_clock::now() + std::chrono::seconds(30);
  for (;;) {
    auto inputs = open_url_inputs(options_for(url));
    if (inputs) return std::move(*inputs);
    if (steady_clock::now() > until) {
      ADD_FAILURE() << to_string(inputs.error());
      return {};
    }
    std::this_thread::sleep_for(milliseconds(50));
  }
}

void expect_playable(const std::string& url) {
  UrlInputs inputs = open_soon(url);
  ASSERT_NE(inputs.video, nullptr);
  ASSERT_NE(inputs.audio, nullptr);
  InputWatcher watcher(std::move(inputs));
  expect_in_step(watcher.wait_for_seconds(3));
}

bool has_protocol(const std::string& wanted) {
  void* position = nullptr;
  while (const char* name = avio_enum_protocols(&position, 0)) {
    if (wanted == name) return true;
  }
  return false;
}

TEST(UrlProtocols, SrtIsPlayed) {
  if (!has_protocol("srt")) GTEST_SKIP() << "this FFmpeg does not have SRT";
  const std::string url = "srt://127.0.0.1:" + std::to_string(free_port(SOCK_DGRAM));
  const FfmpegSender sender(clip(), "mpegts", url + "?mode=listener");
  expect_playable(url);
}

TEST(UrlProtocols, RtmpIsPlayed) {
  const std::string url = "rtmp://127.0.0.1:" + std::to_string(free_port(SOCK_STREAM)) + "/app/key";
  const FfmpegSender sender(clip(), "flv", url);
  expect_playable(url);
}

TEST(UrlProtocols, UdpIsPlayed) {
  const std::string url = "udp://127.0.0.1:" + std::to_string(free_port(SOCK_DGRAM));
  const FfmpegSender sender(clip(), "mpegts", url + "?pkt_size=1316");
  expect_playable(url);
}

}  // namespace
}  // namespace streamkit::capture
