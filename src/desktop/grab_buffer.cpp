#include "desktop/grab_buffer.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

namespace streamkit::desktop {
namespace {

constexpr std::uint32_t kAllPlanes = ~std::uint32_t{0};

}  // namespace

void GrabBuffer::resize(int width_px, int height_px) {
  if (width_px == width_px_ && height_px == height_px_) return;
  release();
  width_px_ = width_px;
  height_px_ = height_px;
  const std::size_t pixels =
      static_cast<std::size_t>(width_px) * static_cast<std::size_t>(height_px);
  if (share_memory(pixels * sizeof(std::uint32_t))) return;
  own_.assign(pixels, 0);
  pixels_ = own_.data();
}

bool GrabBuffer::share_memory(std::size_t bytes) {
  const auto extension = xcb_get_extension_data(x_.get(), &xcb_shm_id);
  if (extension == nullptr || !extension->present) return false;
  const auto version =
      wait_for_reply(x_, xcb_shm_query_version(x_.get()), xcb_shm_query_version_reply);
  // Memory is passed by descriptor since 1.2; that works between containers, too.
  if (!version || (version->major_version == 1 && version->minor_version < 2)) return false;
  const int file = memfd_create("streamkit-desktop", MFD_CLOEXEC);
  if (file < 0) return false;
  void* memory = MAP_FAILED;
  if (ftruncate(file, static_cast<off_t>(bytes)) == 0) {
    memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  }
  if (memory == MAP_FAILED) {
    close(file);
    return false;
  }
  segment_ = xcb_generate_id(x_.get());
  // It also closes the descriptor.
  if (!succeeded(x_, xcb_shm_attach_fd_checked(x_.get(), segment_, file, 0))) {
    munmap(memory, bytes);
    return false;
  }
  pixels_ = static_cast<std::uint32_t*>(memory);
  mapped_bytes_ = bytes;
  return true;
}

void GrabBuffer::release() noexcept {
  if (mapped_bytes_ > 0) {
    xcb_shm_detach(x_.get(), segment_);
    munmap(pixels_, mapped_bytes_);
  }
  mapped_bytes_ = 0;
  pixels_ = nullptr;
  own_.clear();
}

bool GrabBuffer::fetch(const GrabArea& area, RowRange rows) {
  if (rows.empty()) return true;
  const auto x = static_cast<std::int16_t>(area.x);
  const auto y = static_cast<std::int16_t>(area.y + rows.begin);
  const auto width = static_cast<std::uint16_t>(width_px_);
  const auto height = static_cast<std::uint16_t>(rows.end - rows.begin);
  const std::size_t row_bytes = static_cast<std::size_t>(width_px_) * sizeof(std::uint32_t);
  if (mapped_bytes_ > 0) {
    const auto offset =
        static_cast<std::uint32_t>(row_bytes * static_cast<std::size_t>(rows.begin));
    return wait_for_reply(
               x_,
               xcb_shm_get_image(x_.get(), area.drawable, x, y, width, height, kAllPlanes,
                                 XCB_IMAGE_FORMAT_Z_PIXMAP, segment_, offset),
               xcb_shm_get_image_reply) != nullptr;
  }
  const auto reply = wait_for_reply(x_,
                                    xcb_get_image(x_.get(), XCB_IMAGE_FORMAT_Z_PIXMAP,
                                                  area.drawable, x, y, width, height, kAllPlanes),
                                    xcb_get_image_reply);
  const std::size_t bytes = row_bytes * height;
  if (!reply || static_cast<std::size_t>(xcb_get_image_data_length(reply.get())) < bytes)
    return false;
  std::memcpy(row(rows.begin), xcb_get_image_data(reply.get()), bytes);
  return true;
}

}  // namespace streamkit::desktop
