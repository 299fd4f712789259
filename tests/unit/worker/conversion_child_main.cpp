// The program of the processes in isolated_converter_test.cpp. Chunks that are texts make it
// misbehave; any other chunk is converted.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <streamkit/media/ffmpeg_log.hpp>
#include <streamkit/worker/isolated_converter.hpp>
#include <streamkit/worker/segment_converter.hpp>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace streamkit;
using namespace streamkit::worker;

constexpr int kSocket = 3;

// Names what was permitted that should not be.
std::string try_rights() {
  std::string permitted;
  const auto expect_eperm = [&](const char* name, long result) {
    if (result >= 0 || errno != EPERM) permitted += std::string(" ") + name;
  };
  expect_eperm("open", ::open("/etc/passwd", O_RDONLY));
  expect_eperm("create", ::open("/tmp/streamkit-escaped", O_WRONLY | O_CREAT, 0600));
  expect_eperm("socket", ::socket(AF_INET, SOCK_STREAM, 0));
  expect_eperm("unix socket", ::socket(AF_UNIX, SOCK_STREAM, 0));
  char* const words[] = {nullptr};
  expect_eperm("execve", ::execve("/bin/true", words, words));
  expect_eperm("fork", ::fork());
  expect_eperm("kill", ::kill(::getppid(), 0));
  expect_eperm("unlink", ::unlink("/tmp/streamkit-escaped"));
  expect_eperm("pdeathsig", ::prctl(PR_SET_PDEATHSIG, 0));
  void* code =
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  expect_eperm("executable memory", code == MAP_FAILED ? -1 : 0);
  return permitted;
}

void send_raw(const std::vector<unsigned char>& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t now = ::send(kSocket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (now > 0) sent += static_cast<std::size_t>(now);
  }
  for (;;) ::pause();
}

void use_memory() {
  std::vector<std::vector<char>> all;
  for (;;) all.emplace_back(std::size_t{16} << 20, 'x');
}

// Each of them ends the process, or hangs.
const std::map<std::string, std::function<void()>> kMisbehaviours = {
    {"segfault", [] { std::raise(SIGSEGV); }},
    {"abort", [] { std::abort(); }},
    {"exit", [] { ::_exit(0); }},
    {"hang",
     [] {
       for (;;) ::pause();
     }},
    {"burn",
     [] {
       while (::getpid() != 0) {
       }
     }},
    {"memory", use_memory},
    {"memory of a thread", [] { std::thread(use_memory).join(); }},
    {"garbage", [] { send_raw(std::vector<unsigned char>(100'000, 0xAB)); }},
    {"huge reply",
     [] {
       send_raw({7, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 127});
     }},
    {"bad reply",
     [] { send_raw({7, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}); }},
    {"close",
     [] {
       ::close(kSocket);
       for (;;) ::pause();
     }},
};

class MisbehavingConverter final : public ChunkConverter {
 public:
  explicit MisbehavingConverter(media::VideoCodec codec)
      : real_({}, {.preset = "ultrafast", .codec = codec}) {}

  const ResourcePolicy& policy() const noexcept override { return real_.policy(); }

  Result<Segment> convert(Bytes chunk, StereoMode mode, const SegmentPlace& place, SegmentKind kind,
                          const ConversionHooks& hooks, std::stop_token stop) const override {
    const std::string text(chunk.begin(), chunk.begin() + std::min<long>(32, std::ssize(chunk)));
    if (text == "rights") return Error{ErrorCode::Internal, "permitted:" + try_rights()};
    if (text == "segment before") {
      const Bytes before = hooks.segment_before ? hooks.segment_before() : Bytes{};
      return Error{ErrorCode::Unsupported, std::string(before.begin(), before.end())};
    }
    if (const auto found = kMisbehaviours.find(text); found != kMisbehaviours.end()) {
      found->second();
    }
    return real_.convert(std::move(chunk), mode, place, kind, hooks, stop);
  }
  Result<Segment> filler(const SegmentPlace& place, StereoMode mode, FillerParts parts,
                         std::stop_token stop) const override {
    return real_.filler(place, mode, std::move(parts), std::move(stop));
  }
  Result<StreamFormat> format_of(Bytes chunk, StereoMode mode,
                                 std::stop_token stop) const override {
    return real_.format_of(std::move(chunk), mode, std::move(stop));
  }
  Result<StreamFormat> stored_format(Bytes segment, std::stop_token stop) const override {
    return real_.stored_format(std::move(segment), std::move(stop));
  }

 private:
  const SegmentConverter real_;
};

// A process with children, which prints their ids and waits to be killed.
int be_parent(const char* program) {
  const auto converter = IsolatedConverter::create({.program = program, .processes = 2});
  if (!converter) return 1;
  for (int children = 0; children < 2;) {
    children = 0;
    std::string ids;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      std::ifstream file(task.path() / "children");
      for (std::string id; file >> id; ++children) ids += id + " ";
    }
    if (children == 2) std::printf("%s\n", ids.c_str());
  }
  std::fflush(stdout);
  for (;;) ::pause();
}

}  // namespace

int main(int argc, char** argv) {
  const media::FfmpegLog quiet(nullptr);
  if (argc == 3 && std::string(argv[1]) == "parent") return be_parent(argv[2]);
  const std::string word = argc == 2 ? argv[1] : "";
  if (word == "exit") return 5;
  const auto served = serve_conversions([&]() -> Result<std::unique_ptr<ChunkConverter>> {
    if (word == "without-model") return Error{ErrorCode::InvalidArgument, "no such model"};
    return std::make_unique<MisbehavingConverter>(word == "hevc" ? media::VideoCodec::Hevc
                                                                 : media::VideoCodec::H264);
  });
  return served ? 0 : 2;
}
